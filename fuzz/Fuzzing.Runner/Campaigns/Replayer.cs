using Fuzzing.Engine.Execution;
using Fuzzing.Runner.Output;
using Fuzzing.Runner.Workers;

namespace Fuzzing.Runner.Campaigns;

/// <summary>Runs files again, each for itself: one that ends its process does not keep the others from being run.</summary>
/// <param name="target">The target's name.</param>
/// <param name="bug">A bug to plant in the destination first; null for none.</param>
internal sealed class Replayer(string target, string? bug = null)
{
    // Much: a process starts, instruments and runs within it, perhaps on a machine that has much else to do.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>What the last finding said: message and stack.</summary>
    public string Detail { get; private set; } = "";

    /// <summary>Runs files.</summary>
    /// <param name="files">The files.</param>
    /// <returns>One line a file, in order.</returns>
    public IEnumerable<FindingLine> Run(IReadOnlyList<string> files)
    {
        int done = 0;
        while (done < files.Count)
        {
            string[] left = [.. files.Skip(done)];
            WorkerOutcome outcome = WorkerRun.ToEnd(
                new WorkerRequest
                {
                    Task = WorkerTask.Replay,
                    Target = target,
                    Bug = bug,
                    StatusFile = Folders.Status(target, "replay"),
                    Inputs = left,
                },
                Patience);
            if (outcome.Errors.Length > 0)
                Detail = outcome.Errors;
            foreach (string[] line in outcome.Lines)
                yield return new(line[1].Length > 0 ? "finding" : "passed", Folders.Shown(line[0]), line[1], line[2]);
            done += outcome.Lines.Count;
            if (outcome.ExitCode is FuzzExitCode.Passed or FuzzExitCode.Finding)
                yield break;
            if (outcome.ExitCode == FuzzExitCode.HarnessFailed)
                throw new HarnessFailureException($"a worker failed: {outcome.Errors}");
            Finding death = outcome.WasSilent ? Finding.OfDeath("timeout", $"the run had not ended after {Patience.TotalSeconds} s")
                : Finding.OfDeath(outcome.ExitCode == FuzzExitCode.TimedOut ? "timeout" : "crash", outcome.Errors);
            yield return new("finding", Folders.Shown(files[done]), death.Signature, death.Summary);
            done++;
        }
    }

    /// <summary>What one input does.</summary>
    /// <param name="input">The input.</param>
    /// <returns>The signature; empty for nothing.</returns>
    public string SignatureOf(byte[] input)
    {
        string file = Folders.Status(target, "trial") + ".input";
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, input);
        string signature = Run([file]).Single().Signature;
        File.Delete(file);
        return signature;
    }
}
