using System.Diagnostics;
using System.Reflection;
using System.Text;
using System.Text.Json;
using Fuzzing.Instrumentation;
using Fuzzing.Targets;
using Simulation.PlantedBugs.Catalogue;
using Simulation.PlantedBugs.Compiling;

namespace Fuzzing.Runner.Workers;

/// <summary>
/// A process of this program in which a target runs: what an input does to it, up to the end of the process, is seen from outside.
/// </summary>
internal sealed class WorkerProcess : IDisposable
{
    /// <summary>The word that begins a worker's command line.</summary>
    public const string Verb = "worker";

    private const int MostErrorText = 1 << 20;
    private readonly Process _process;
    private readonly StringBuilder _errors = new();

    /// <summary>Starts a worker.</summary>
    /// <param name="request">What it does.</param>
    public WorkerProcess(WorkerRequest request)
    {
        Request = request;
        Directory.CreateDirectory(Path.GetDirectoryName(request.StatusFile)!);
        string program = Environment.ProcessPath!;
        List<string> arguments = [Verb, JsonSerializer.Serialize(request, WorkerJson.Default.WorkerRequest)];
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
            arguments.Insert(0, Path.Combine(AppContext.BaseDirectory, "fuzz.dll"));
        ProcessStartInfo start = new(program, arguments)
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        };

        // Core dumps of killed workers are slow and not needed.
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        _process = Process.Start(start)!;
        _process.ErrorDataReceived += (_, line) => Append(line.Data);
        _process.BeginErrorReadLine();
        Output = _process.StandardOutput;
    }

    /// <summary>What it does.</summary>
    public WorkerRequest Request { get; }

    /// <summary>What it says.</summary>
    public StreamReader Output { get; }

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>How it ended.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>What it said of its end: the runtime's message and stack.</summary>
    public string Errors
    {
        get
        {
            _process.WaitForExit();
            lock (_errors)
                return _errors.ToString();
        }
    }

    /// <summary>The worker's side: does what it is told and returns its exit code.</summary>
    /// <param name="requestJson">A <see cref="WorkerRequest"/>.</param>
    /// <returns>An exit code.</returns>
    public static int Serve(string requestJson)
    {
        WorkerRequest request = JsonSerializer.Deserialize(requestJson, WorkerJson.Default.WorkerRequest)!;

        // Ctrl-C on a terminal signals us too: death by a signal would be a finding.
        using StopSignal? signal = request.Task == WorkerTask.Fuzz ? new StopSignal() : null;

        // From here on everything is loaded a second time, with the destination instrumented.
        InstrumentedContext world = new(AppContext.BaseDirectory, FuzzedAssemblies.Names, request.Bug is { } bug ? Planted(bug) : null);
        Assembly self = world.LoadFromAssemblyName(typeof(WorkerProcess).Assembly.GetName());
        MethodInfo entry = self.GetType(typeof(WorkerEntry).FullName!)!.GetMethod(nameof(WorkerEntry.Run))!;
        try
        {
            return (int)entry.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [requestJson, signal?.Token ?? default], null)!;
        }
        catch (Exception broken)
        {
            // What a target throws is a finding and does not come here.
            Console.Error.WriteLine(broken);
            return FuzzExitCode.HarnessFailed;
        }
    }

    /// <summary>Asks the worker to end by itself.</summary>
    public void Stop()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended already.
        }
    }

    /// <summary>Ends the worker.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
            Kill();
        _process.Dispose();
    }

    private static IReadOnlyDictionary<string, byte[]> Planted(string bug) => new DestinationCompiler().Compile(BugCatalogue.Find(bug)).Assemblies;

    private void Append(string? line)
    {
        lock (_errors)
        {
            if (line is not null && _errors.Length < MostErrorText)
                _errors.AppendLine(line);
        }
    }
}
