using System.Diagnostics;
using System.Text.Json;

namespace Simulation.Runner.Generated;

/// <summary>A process of this program that hunts mutants. A mutant that ends it, keeps it busy or makes it wait for ever is found by
/// that: the process is ended, and the next hunt has a new one.</summary>
internal sealed class HuntProcess : IDisposable
{
    // What a world with a mutant takes is not given back: fuzzed assemblies cannot be unloaded.
    private const int HuntsOfAProcess = 24;
    private const int LookMilliseconds = 100;

    // A process that has anything to do gets so much of a busy machine within the time of silence.
    private const double LeastSeconds = 0.2;

    /// <summary>How often its budget a hunt may take, beside what compiling and loading take.</summary>
    private const double MostBudgets = 3;

    // Heap that a process may have, so that a mutant does not take the machine's.
    private const string HeapLimit = "0x60000000";
    private static readonly TimeSpan Loading = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(60);
    private Process? _process;
    private int _hunts;

    /// <summary>Hunts.</summary>
    /// <param name="request">What to hunt and how.</param>
    /// <param name="stop">Gives up.</param>
    /// <returns>What was found; null where it was given up.</returns>
    public HuntResult? Hunt(HuntRequest request, CancellationToken stop)
    {
        if (_hunts++ == HuntsOfAProcess)
            End();
        _process ??= Start();
        TimeSpan before = _process.TotalProcessorTime;
        Task<string?> answer = Ask(_process, request);
        TimeSpan most = TimeSpan.FromSeconds(request.BudgetSeconds * MostBudgets) + Loading;
        (TimeSpan Used, long At) last = (before, Stopwatch.GetTimestamp());
        while (!answer.Wait(LookMilliseconds, CancellationToken.None))
        {
            if (stop.IsCancellationRequested)
                return null;
            if (_process.HasExited)
                continue;
            TimeSpan used = _process.TotalProcessorTime;
            if (used - before > most)
                return GiveUp("RunEnds", "it is busy for ever", used - before);
            if ((used - last.Used).TotalSeconds > LeastSeconds)
                last = (used, Stopwatch.GetTimestamp());
            else if (Stopwatch.GetElapsedTime(last.At) > Silence)
                return GiveUp("RunEnds", "a thread waits for ever", used - before);
        }

        if (answer.Result is { } line)
            return JsonSerializer.Deserialize(line, HuntJson.Default.HuntResult);
        _process.WaitForExit();
        return GiveUp("ProcessSurvives", $"the process ended with code {_process.ExitCode}", TimeSpan.Zero);
    }

    /// <inheritdoc/>
    public void Dispose() => End();

    private static Process Start()
    {
        string program = Environment.ProcessPath!;
        List<string> arguments = [HuntServer.Verb];
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
            arguments.Insert(0, Path.Combine(AppContext.BaseDirectory, "simulate.dll"));
        ProcessStartInfo start = new(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        start.Environment["DOTNET_GCHeapHardLimit"] = HeapLimit;
        Process process = Process.Start(start)!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        return process;
    }

    private static Task<string?> Ask(Process process, HuntRequest request)
    {
        process.StandardInput.WriteLine(JsonSerializer.Serialize(request, HuntJson.Default.HuntRequest));
        process.StandardInput.Flush();
        return process.StandardOutput.ReadLineAsync();
    }

    private HuntResult GiveUp(string property, string message, TimeSpan used)
    {
        End();
        return new(property, message, null, used.TotalSeconds);
    }

    private void End()
    {
        if (_process is null)
            return;
        if (!_process.HasExited)
            _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        (_process, _hunts) = (null, 0);
    }
}
