using System.Globalization;
using System.Reflection;
using Fuzzing.Engine.Execution;
using Fuzzing.Instrumentation;

namespace Fuzzing.Xunit;

/// <summary>Runs a fuzz target: on its corpus, and where the environment asks for it on what the engine makes.</summary>
internal static class FuzzedMethod
{
    /// <summary>How long each target is fuzzed: <c>30s</c>, <c>5m</c>, <c>1h</c>. Not set: not at all.</summary>
    public const string TimeVariable = "FUZZ_TIME";

    private const int LongestFile = 1 << 20;

    /// <summary>Runs a target as a test.</summary>
    /// <param name="method">The method.</param>
    /// <returns>What was done, for the test's output.</returns>
    /// <exception cref="InputFailedException">An input fails.</exception>
    public static string Check(MethodInfo method)
    {
        string folder = Path.Combine(ProjectFolder(), "Corpus", $"{method.DeclaringType!.Name}.{method.Name}");
        FuzzTargetAttribute attribute = method.GetCustomAttribute<FuzzTargetAttribute>()!;
        int count = Replay(method, attribute.MaximumBytes, folder);
        if (Environment.GetEnvironmentVariable(TimeVariable) is not { Length: > 0 } time)
            return $"{count} inputs passed";
        string grown = Path.Combine(AppContext.BaseDirectory, "fuzz-corpus", Path.GetFileName(folder));
        return $"{count} inputs passed, {Fuzz(method, attribute.Instrumented, attribute.MaximumBytes, folder, grown, null, Duration(time)):N0} runs";
    }

    /// <summary>Runs the files of a folder.</summary>
    /// <param name="method">The method.</param>
    /// <param name="maximumBytes">Longest input.</param>
    /// <param name="folder">The folder; it need not be there.</param>
    /// <returns>How many passed.</returns>
    /// <exception cref="InputFailedException">One does not.</exception>
    public static int Replay(MethodInfo method, int maximumBytes, string folder)
    {
        using InputBuffer buffer = new(LongestFile);
        Executor executor = new(new MethodTarget(method, maximumBytes), buffer);
        executor.Run(default);
        string[] files = Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder).Where(file => !FoundTest.IsText(file)).Order(StringComparer.Ordinal)] : [];
        foreach (string file in files)
        {
            if (executor.Run(File.ReadAllBytes(file)) is { } finding)
                throw new InputFailedException($"{file}: {finding.Detail}");
        }
        return files.Length;
    }

    /// <summary>Fuzzes, in a world in which the assemblies are instrumented.</summary>
    /// <param name="method">The method.</param>
    /// <param name="instrumented">Simple names of the assemblies.</param>
    /// <param name="maximumBytes">Longest input that a mutation makes.</param>
    /// <param name="folder">The corpus to begin with; a finding goes there.</param>
    /// <param name="grown">The folder of the corpus that grows. The input that runs stands in a file beside it, for whoever looks after the
    /// process has died.</param>
    /// <param name="runs">Most runs; null for no limit.</param>
    /// <param name="time">Most time; null for no limit.</param>
    /// <returns>How many runs there were.</returns>
    /// <exception cref="InputFailedException">An input fails.</exception>
    public static long Fuzz(
        MethodInfo method, IReadOnlyList<string> instrumented, int maximumBytes, string folder, string grown, long? runs, TimeSpan? time)
    {
        InstrumentedContext world = new(AppContext.BaseDirectory, instrumented);
        MethodInfo inside = world.LoadFromAssemblyName(typeof(FuzzedWorld).Assembly.GetName())
            .GetType(typeof(FuzzedWorld).FullName!)!.GetMethod(nameof(FuzzedWorld.Fuzz))!;
        object?[] arguments =
        [
            method.DeclaringType!.Assembly.GetName().Name, method.DeclaringType.FullName, method.Name, instrumented.ToArray(), maximumBytes, folder, grown, runs, time,
        ];
        string[] outcome = (string[])inside.Invoke(null, BindingFlags.DoNotWrapExceptions, null, arguments, CultureInfo.InvariantCulture)!;
        if (outcome is [var signature, var detail, var input])
        {
            string file = FoundTest.Write(folder, method, signature, detail, Convert.FromHexString(input));
            throw new InputFailedException($"{file} and the test beside it show it: {detail}");
        }
        return long.Parse(outcome[0], CultureInfo.InvariantCulture);
    }

    private static string ProjectFolder()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (folder.EnumerateFiles("*.csproj").Any())
                return folder.FullName;
        }
        return AppContext.BaseDirectory;
    }

    private static TimeSpan Duration(string text)
    {
        double seconds = text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, _ => 0 };
        return seconds > 0 && double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
            ? TimeSpan.FromSeconds(number * seconds) : throw new FormatException($"{TimeVariable} is '{text}', no duration like 30s, 5m or 1h");
    }
}
