using System.Globalization;
using System.Reflection;
using System.Runtime.Loader;
using Fuzzing.Engine;
using Fuzzing.Engine.Corpus;
using Fuzzing.Engine.Coverage;
using Fuzzing.Engine.Execution;

namespace Fuzzing.Xunit;

/// <summary>What runs in the world where assemblies are instrumented; only what the framework knows goes in and out.</summary>
internal static class FuzzedWorld
{
    private const int LongestFile = 1 << 20;

    /// <summary>Fuzzes a method until it fails or a limit is reached.</summary>
    /// <returns>Signature, detail and smallest input of what fails; else the number of runs.</returns>
    public static string[] Fuzz(
        string assembly, string type, string method, string[] instrumented, int maximumBytes, string folder, string grown, long? runs, TimeSpan? time)
    {
        AssemblyLoadContext world = AssemblyLoadContext.GetLoadContext(typeof(FuzzedWorld).Assembly)!;
        MethodInfo found = world.LoadFromAssemblyName(new(assembly)).GetType(type)!.GetMethod(method)!;
        MethodTarget target = new(found, maximumBytes);
        CounterRegion[] regions = [.. instrumented.Select(name => CounterRegion.Of(world.LoadFromAssemblyName(new(name)))!)];
        Directory.CreateDirectory(grown);
        using CancellationTokenSource stop = new();
        using InputBuffer buffer = new(LongestFile, grown.TrimEnd(Path.DirectorySeparatorChar) + ".running");
        (Finding Finding, byte[] Input)? first = null;
        FuzzLoop loop = new(target, buffer, regions, new CorpusFolder(grown), seed: 1, (finding, input) =>
        {
            first ??= (finding, input);
            stop.Cancel();
        });
        if (Directory.Exists(folder))
        {
            // Bytes only: what stands beside a finding is for people.
            foreach (string file in Directory.EnumerateFiles(folder).Where(file => !FoundTest.IsText(file)))
                new CorpusFolder(grown).Save(File.ReadAllBytes(file));
        }
        loop.Load([]);
        loop.Run(new FuzzLimits(runs, time), stop.Token);
        if (first is not { } failed)
            return [buffer.Status.Executions.ToString(CultureInfo.InvariantCulture)];
        Executor executor = new(target, buffer);
        Minimizer minimizer = new(target.Format, bytes => executor.Run(bytes)?.Signature == failed.Finding.Signature);
        return [failed.Finding.Signature, failed.Finding.Detail, Convert.ToHexString(minimizer.Minimize(failed.Input))];
    }
}
