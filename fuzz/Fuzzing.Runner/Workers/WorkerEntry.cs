using System.Text.Json;
using Fuzzing.Engine;
using Fuzzing.Engine.Corpus;
using Fuzzing.Engine.Coverage;
using Fuzzing.Engine.Execution;
using Fuzzing.Targets;
using Qemu.Migration.Destination;
using Qemu.Migration.Wire;

namespace Fuzzing.Runner.Workers;

/// <summary>What a worker does, in the world where the destination is instrumented.</summary>
internal static class WorkerEntry
{
    /// <summary>Does what a request says.</summary>
    /// <param name="requestJson">A <see cref="WorkerRequest"/>.</param>
    /// <returns>An exit code.</returns>
    public static int Run(string requestJson)
    {
        WorkerRequest request = JsonSerializer.Deserialize(requestJson, WorkerJson.Default.WorkerRequest)!;
        FuzzTarget target = TargetCatalogue.Create(request.Target)!;
        using InputBuffer buffer = new(Math.Max(target.MaximumBytes, LongestInput(request)), request.StatusFile);
        return request.Task switch
        {
            WorkerTask.Fuzz => Fuzz(request, target, buffer),
            _ => Replay(request, target, buffer),
        };
    }

    private static IReadOnlyList<CounterRegion> Regions() =>
        [.. new[] { typeof(FileHeader), typeof(IncomingMigration) }.Select(type => CounterRegion.Of(type.Assembly)!)];

    private static int LongestInput(WorkerRequest request) => request.Task == WorkerTask.Fuzz
        ? 0 : request.Inputs.Where(File.Exists).Select(file => (int)new FileInfo(file).Length).DefaultIfEmpty().Max();

    private static int Fuzz(WorkerRequest request, FuzzTarget target, InputBuffer buffer)
    {
        FindingStore findings = new(request.FindingsFolder);
        FuzzLoop loop = new(
            target, buffer, Regions(), new CorpusFolder(request.Output), request.Seed,
            (finding, input) => findings.Keep(finding, target.Name, input));
        using CancellationTokenSource stop = new();
        ListenForEnd(stop);
        loop.Load([.. request.Inputs.Select(folder => new CorpusFolder(folder))]);
        loop.Run(
            new FuzzLimits(
                request.Executions, request.Milliseconds is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null),
            stop.Token);
        return loop.Findings.Count > 0 ? ExitCode.Finding : ExitCode.Passed;
    }

    // The parent holds our standard input open: when it closes it, or is gone, we end.
    private static void ListenForEnd(CancellationTokenSource stop)
    {
        Thread listener = new(() =>
        {
            while (Console.In.Read() >= 0)
            {
            }
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
        return findings > 0 ? ExitCode.Finding : ExitCode.Passed;
    }
}
