using System.Text.Json;
using Fuzzing.Engine;
using Fuzzing.Engine.Corpus;
using Fuzzing.Engine.Coverage;
using Fuzzing.Engine.Execution;
using Fuzzing.Runner.Commands;
using Fuzzing.Targets;

namespace Fuzzing.Runner.Workers;

/// <summary>What a worker does, in the world where the destination is instrumented.</summary>
internal static class WorkerEntry
{
    /// <summary>Does what a request says.</summary>
    /// <param name="requestJson">A <see cref="WorkerRequest"/>.</param>
    /// <param name="stopped">Ends fuzzing in order.</param>
    /// <returns>An exit code.</returns>
    public static int Run(string requestJson, CancellationToken stopped)
    {
        WorkerRequest request = JsonSerializer.Deserialize(requestJson, WorkerJson.Default.WorkerRequest)!;
        FuzzTarget target = TargetCatalogue.Create(request.Target)!;
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(stopped);
        ListenForEnd(stop, isPatient: request.Task == WorkerTask.Fuzz);
        if (request.Task is WorkerTask.Merge or WorkerTask.Coverage)
            request = request with { Inputs = CommonArguments.Expand(request.Inputs) };
        using InputBuffer buffer = new(Math.Max(target.MaximumBytes, LongestInput(request)), request.StatusFile);
        using RunWatch watch = new(buffer, FuzzedAssemblies.Regions(target), TimeSpan.FromMilliseconds(request.RunTimeoutMilliseconds));
        return request.Task switch
        {
            WorkerTask.Fuzz => Fuzz(request, target, buffer, stop.Token),
            WorkerTask.Replay => Replay(request, target, buffer),
            WorkerTask.Minimize => Minimize(request, target, buffer),
            WorkerTask.Merge => Merge(request, target, buffer),
            _ => Cover(request, target, buffer),
        };
    }

    private static int LongestInput(WorkerRequest request) =>
        request.Inputs.Where(File.Exists).Select(file => (int)new FileInfo(file).Length).DefaultIfEmpty().Max();

    private static int Fuzz(WorkerRequest request, FuzzTarget target, InputBuffer buffer, CancellationToken stop)
    {
        FindingStore findings = new(request.FindingsFolder);
        FuzzLoop loop = new(
            target, buffer, FuzzedAssemblies.Regions(target), new CorpusFolder(request.Output, request.Deadly), request.Seed,
            (finding, input) => findings.Keep(finding, target.Name, input));
        loop.Load([.. request.Inputs.Select(folder => new CorpusFolder(folder, request.Deadly))]);
        loop.Run(
            new FuzzLimits(
                request.Executions, request.Milliseconds is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null),
            stop);
        return loop.Findings.Count > 0 ? FuzzExitCode.Finding : FuzzExitCode.Passed;
    }

    // The parent holds our standard input open: when it closes it, or is gone, we end; at once where nothing is to be put in order.
    private static void ListenForEnd(CancellationTokenSource stop, bool isPatient)
    {
        Thread listener = new(() =>
        {
            while (Console.In.Read() >= 0)
            {
            }
            if (!isPatient)
                Environment.Exit(FuzzExitCode.HarnessFailed);
            stop.Cancel();
        })
        {
            IsBackground = true,
        };
        listener.Start();
    }

    private static int Replay(WorkerRequest request, FuzzTarget target, InputBuffer buffer)
    {
        Executor executor = new(target, buffer);
        int findings = 0;
        foreach (string file in request.Inputs)
        {
            Finding? finding = executor.Run(File.ReadAllBytes(file));
            Console.Out.WriteLine($"{file}\t{finding?.Signature}\t{finding?.Summary}");
            Console.Out.Flush();
            if (finding is not null && findings++ == 0)
                Console.Error.WriteLine(finding.Detail);
        }
        return findings > 0 ? FuzzExitCode.Finding : FuzzExitCode.Passed;
    }

    private static int Minimize(WorkerRequest request, FuzzTarget target, InputBuffer buffer)
    {
        Executor executor = new(target, buffer);
        byte[] input = File.ReadAllBytes(request.Inputs[0]);
        if (executor.Run(input) is not { } finding)
            return Reduce(request, executor, input);

        // What comes on the way and is something else is a finding of its own.
        FindingStore others = new(request.FindingsFolder);
        executor.OnFinding = (other, bytes) => KeepOther(others, finding, other, target, bytes);
        Minimizer minimizer = new(target.Format, bytes => executor.Run(bytes)?.Signature == finding.Signature);
        byte[] smallest = minimizer.Minimize(input);
        File.WriteAllBytes(request.Output, smallest);
        Console.Out.WriteLine($"{request.Output}\t{finding.Signature}\t{executor.Run(smallest)!.Summary}");
        return FuzzExitCode.Finding;
    }

    // What passes keeps what it reaches. First calls compile code and fill caches, so the first run says nothing.
    private static int Reduce(WorkerRequest request, Executor executor, byte[] input)
    {
        FindingStore findings = new(request.FindingsFolder);
        executor.OnFinding = (finding, bytes) => findings.Keep(finding, executor.Target.Name, bytes);
        CoverageMap coverage = new(FuzzedAssemblies.Regions(executor.Target), executor.Target.States);
        coverage.Clear();
        executor.Run(input);
        coverage.Collect();
        (int Block, byte Bits)[] wanted = coverage.News();
        Minimizer minimizer = new(executor.Target.Format, bytes => Reaches(executor, coverage, bytes, wanted));
        byte[] smallest = minimizer.Minimize(input);
        File.WriteAllBytes(request.Output, smallest);
        Console.Out.WriteLine($"{request.Output}\t\t");
        return FuzzExitCode.Passed;
    }

    private static bool Reaches(Executor executor, CoverageMap coverage, byte[] input, (int Block, byte Bits)[] wanted)
    {
        coverage.Clear();
        if (executor.Run(input) is not null)
            return false;
        coverage.Collect();
        return coverage.LastHas(wanted);
    }

    private static void KeepOther(FindingStore store, Finding wanted, Finding found, FuzzTarget target, byte[] input)
    {
        if (found.Signature != wanted.Signature)
            store.Keep(found, target.Name, input);
    }

    // The smallest first: of inputs that reach the same, the smallest stays.
    private static int Merge(WorkerRequest request, FuzzTarget target, InputBuffer buffer)
    {
        int findings = 0;
        FindingStore store = new(request.FindingsFolder);
        Executor executor = new(target, buffer)
        {
            OnFinding = (finding, input) =>
            {
                store.Keep(finding, target.Name, input);
                findings++;
            },
        };
        CoverageMap coverage = new(FuzzedAssemblies.Regions(target), target.States);
        CorpusFolder merged = new(request.Output);
        executor.Run(default);
        int count = 0;
        long bytes = 0;
        foreach (byte[] input in request.Inputs.Select(File.ReadAllBytes).OrderBy(i => i.Length).ThenBy(i => CorpusFolder.NameOf(i), StringComparer.Ordinal))
        {
            coverage.Clear();
            if (executor.Run(input) is not null || !coverage.Collect() || (request.OnlyBlocks && !coverage.LastHasNewBlock()))
                continue;
            coverage.Accept();
            merged.Save(input);
            count++;
            bytes += input.Length;
        }
        Console.Out.WriteLine($"{request.Inputs.Count}\t{count}\t{bytes}\t{coverage.Blocks}\t{coverage.Features}\t{findings}");
        return findings > 0 ? FuzzExitCode.Finding : FuzzExitCode.Passed;
    }

    private static int Cover(WorkerRequest request, FuzzTarget target, InputBuffer buffer)
    {
        Executor executor = new(target, buffer);
        CoverageMap coverage = new(FuzzedAssemblies.Regions(target));
        foreach (string file in request.Inputs)
        {
            executor.Run(File.ReadAllBytes(file));
            coverage.Collect();
            coverage.Accept();
        }
        CoberturaFile.Write(request.Output, coverage);
        Console.Out.WriteLine($"{request.Inputs.Count}\t{coverage.Blocks}\t{coverage.BlockCount}");
        return FuzzExitCode.Passed;
    }
}
