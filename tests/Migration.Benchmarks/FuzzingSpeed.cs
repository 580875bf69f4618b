using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using Spectre.Console;

namespace Migration.Benchmarks;

/// <summary>
/// The engines of <c>fuzz</c> side by side, each as a user starts it, pinned to one core: runs a second of processor time, blocks reached
/// over wall-clock time, and resident memory. Each must have been built by <c>fuzz build --engine</c>.
/// </summary>
/// <param name="core">The processor that everything is pinned to.</param>
internal sealed partial class FuzzingSpeed(int core)
{
    private const int BecomeSubreaper = 36;
    private static readonly string[] Engines = ["managed", "libfuzzer", "sharpfuzz", "sharpfuzz-afl", "afl"];
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "fuzz");

    /// <summary>Runs a second of processor time. Two runs of different length, their difference counts: what starting costs is not in it.</summary>
    public int Rates(IReadOnlyList<string> targets, int seconds)
    {
        Table table = new Table().AddColumn("runs a second").AddColumns(Engines);
        foreach (string target in targets)
        {
            List<string> row = [target];
            foreach (string engine in Engines)
            {
                using FuzzingFolder folder = new(target, int.MaxValue);
                (long Runs, double Seconds) shorter = Measure(folder, engine, 3);
                (long Runs, double Seconds) longer = Measure(folder, engine, 3 + seconds);
                row.Add(longer.Runs > shorter.Runs && longer.Seconds > shorter.Seconds
                    ? ((longer.Runs - shorter.Runs) / (longer.Seconds - shorter.Seconds)).ToString("N0", CultureInfo.InvariantCulture)
                    : "too noisy");
            }
            table.AddRow([.. row]);
        }
        AnsiConsole.Write(table);
        return 0;
    }

    /// <summary>Blocks reached after so many seconds, starting from the smallest seed alone.</summary>
    public int Coverage(string target, int[] seconds)
    {
        Table table = new Table().AddColumn(target).AddColumns([.. seconds.Select(s => $"{s} s")]);
        foreach (string engine in Engines)
        {
            using FuzzingFolder folder = new(target, 1);
            DateTime started = DateTime.UtcNow;
            Measure(folder, engine, seconds[^1]);
            table.AddRow([engine, .. seconds.Select(s => folder.BlocksAt(started.AddSeconds(s)))]);
        }
        AnsiConsole.Write(table);
        return 0;
    }

    /// <summary>Resident memory of an engine after a minute and at the end.</summary>
    public int Memory(string target, string engine, int minutes)
    {
        using FuzzingFolder folder = new(target, int.MaxValue);
        using Process process = Start(folder, engine, 60 * minutes);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        for (int minute = 1; minute <= minutes && !process.WaitForExit(TimeSpan.FromSeconds(minute == minutes ? 50 : 60)); minute++)
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{engine} {target} minute {minute}: {Resident(process.Id) >> 20:N0} MiB"));
        process.WaitForExit();
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{RunsOf(folder, engine, output.Result, errors.Result):N0} runs"));
        return process.ExitCode;
    }

    private (long Runs, double ProcessorSeconds) Measure(FuzzingFolder folder, string engine, int seconds)
    {
        if (Control(BecomeSubreaper, 1, 0, 0, 0) != 0)
            throw new InvalidOperationException($"prctl failed with {Marshal.GetLastPInvokeError()}");
        double before = ProcessorSecondsOfChildren();
        using Process process = Start(folder, engine, seconds);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();

        // What an engine has left behind has come to us: its time counts when its end is seen.
        while (Wait(-1, out _, 0) > 0)
        {
        }
        return process.ExitCode == 0
            ? (RunsOf(folder, engine, output, errors.Result), ProcessorSecondsOfChildren() - before)
            : throw new InvalidOperationException($"{engine} ended with {process.ExitCode}: {errors.Result}");
    }

    private Process Start(FuzzingFolder folder, string engine, int seconds) => Process.Start(new ProcessStartInfo(
        "taskset", ["-c", $"{core}", Program, "run", folder.Target, "--engine", engine, "--time", $"{seconds}s", "--corpus", folder.Fresh(), "--json"])
    {
        WorkingDirectory = folder.Root,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    private static long RunsOf(FuzzingFolder folder, string engine, string output, string errors)
    {
        if (engine == "managed")
            return JsonDocument.Parse(output.TrimEnd().Split('\n')[^1]).RootElement.GetProperty("executions").GetInt64();
        Match told = engine.Contains("afl", StringComparison.Ordinal) ? AflRuns().Match(folder.AflStatistics()) : LibFuzzerRuns().Match(errors);
        return long.Parse(told.Groups[1].Value, CultureInfo.InvariantCulture);
    }

    // Everything that descends from a process, itself included.
    private static long Resident(int process)
    {
        var all = Process.GetProcesses().Select(p => (p.Id, Parent: ParentOf(p.Id), p.WorkingSet64)).ToList();
        HashSet<int> tree = [process];
        while (all.RemoveAll(p => tree.Contains(p.Parent) && tree.Add(p.Id)) > 0)
        {
        }
        return Process.GetProcesses().Where(p => tree.Contains(p.Id)).Sum(p => p.WorkingSet64);
    }

    private static int ParentOf(int process)
    {
        string file = $"/proc/{process}/stat";
        return File.Exists(file) ? int.Parse(File.ReadAllText(file).Split(") ")[^1].Split(' ')[1], CultureInfo.InvariantCulture) : 0;
    }

    private static double ProcessorSecondsOfChildren()
    {
        // user and system time: seconds and microseconds each.
        long[] usage = new long[18];
        if (GetUsage(-1, usage) != 0)
            throw new InvalidOperationException($"getrusage failed with {Marshal.GetLastPInvokeError()}");
        return usage[0] + usage[2] + ((usage[1] + usage[3]) / 1e6);
    }

    [LibraryImport("libc", EntryPoint = "getrusage", SetLastError = true)]
    private static partial int GetUsage(int who, [Out] long[] usage);

    [LibraryImport("libc", EntryPoint = "waitpid")]
    private static partial int Wait(int process, out int status, int options);

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int Control(int option, nint a, nint b, nint c, nint d);

    [GeneratedRegex(@"execs_done +: (\d+)")]
    private static partial Regex AflRuns();

    [GeneratedRegex(@"Done (\d+) runs")]
    private static partial Regex LibFuzzerRuns();
}
