using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Simulation.Engine.Choices;

namespace Fuzzing.Tests;

/// <summary>Runs <c>fuzz</c> as it was built beside the tests. Waiting is bounded only so that a hang ends the test run.</summary>
internal static partial class FuzzProcess
{
    private const int InterruptSignal = 2;
    private const int KillSignal = 9;
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "fuzz");
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    public static Result RunIn(string folder, params string[] arguments) =>
        WithPath(folder, Environment.GetEnvironmentVariable("PATH")!, arguments);

    public static Result WithPath(string folder, string path, params string[] arguments)
    {
        ProcessStartInfo start = StartInfo(folder, Program, arguments);
        start.Environment["PATH"] = path;
        using Process process = Process.Start(start)!;
        return Watch(process, process.StandardOutput.ReadToEndAsync());
    }

    /// <summary>
    /// Runs it in a process group of its own, as a shell does, and once a line is the one waited for signals the group as a terminal
    /// does on Ctrl-C.
    /// </summary>
    public static Result InterruptedIn(string folder, Predicate<string> until, params string[] arguments)
    {
        using Process process = Process.Start(StartInfo(folder, "setsid", [Program, .. arguments]))!;
        StringBuilder before = new();
        while (process.StandardOutput.ReadLine() is { } line)
        {
            before.AppendLine(line);
            if (until(line))
                break;
        }
        Assert.Equal(0, Signal(-process.Id, InterruptSignal));
        Result result = Watch(process, process.StandardOutput.ReadToEndAsync());
        return result with { Output = before + result.Output };
    }

    /// <summary>Runs it, kills so many of its workers at moments drawn from a stream, and once a line is the one waited for ends it as
    /// Ctrl-C does.</summary>
    public static Result WithKills(string folder, int kills, Prng random, Predicate<string> until, params string[] arguments)
    {
        using Process process = Process.Start(StartInfo(folder, Program, arguments))!;
        StringBuilder output = new();
        using ManualResetEventSlim isThere = new();
        process.OutputDataReceived += (_, line) =>
        {
            output.AppendLine(line.Data);
            if (line.Data is { } text && until(text))
                isThere.Set();
        };
        process.BeginOutputReadLine();
        for (int killed = 0; killed < kills && !process.HasExited;)
        {
            Thread.Sleep((int)random.NextLong(1500));
            if (Children(process.Id) is { Length: > 0 } children && Signal(children[random.NextInt(children.Length)], KillSignal) == 0)
                killed++;
        }
        Assert.True(isThere.Wait(Patience), "the line waited for did not come");
        Assert.Equal(0, Signal(process.Id, InterruptSignal));
        Result result = Watch(process, Task.FromResult(""));
        return result with { Output = output.ToString() };
    }

    private static int[] Children(int process)
    {
        string file = $"/proc/{process}/task/{process}/children";
        return [.. File.ReadAllText(file).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
    }

    private static ProcessStartInfo StartInfo(string folder, string program, string[] arguments) => new(program, arguments)
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        WorkingDirectory = folder,
    };

    private static Result Watch(Process process, Task<string> output)
    {
        Task<string> errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            throw new InvalidOperationException($"fuzz did not end: {errors.Result}");
        }
        return new(process.ExitCode, output.Result, errors.Result);
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Signal(int process, int signal);

    public sealed record Result(int ExitCode, string Output, string Errors)
    {
        public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
