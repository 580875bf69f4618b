using System.Text.Json;
using Fuzzing.Engine.Execution;
using Fuzzing.Runner.Campaigns;
using Fuzzing.Runner.Output;
using Fuzzing.Runner.Workers;

namespace Fuzzing.Runner.Engines;

/// <summary>What another engine kept is run again here, so that it gets the signature that any engine would give it.</summary>
internal static class ForeignFindings
{
    /// <summary>Takes inputs into the store of findings, and says so.</summary>
    /// <param name="settings">What the session did.</param>
    /// <param name="files">The inputs.</param>
    /// <returns>An exit code.</returns>
    public static int Collect(FuzzSettings settings, IReadOnlyList<string> files)
    {
        FindingStore store = new(settings.Findings);
        Replayer replayer = new(settings.Target, settings.Bug);
        foreach ((FindingLine line, string file) in replayer.Run(files).Zip(files))
        {
            Finding finding = line.Signature.Length > 0
                ? new(line.Signature, line.Summary, replayer.Detail)
                : Finding.OfDeath("not-repeated", $"{Path.GetFileName(file)} was kept by the engine, and passed when it was run again");
            string kept = store.Keep(finding, settings.Target, File.ReadAllBytes(file));
            FindingLine told = new("finding", Folders.Shown(kept), finding.Signature, finding.Summary);
            Console.Out.WriteLine(settings.Json
                ? JsonSerializer.Serialize(told, OutputJson.Default.FindingLine) : $"finding {told.Summary} ({told.File})");
        }
        return store.Leaders().Any() ? FuzzExitCode.Finding : FuzzExitCode.Passed;
    }
}
