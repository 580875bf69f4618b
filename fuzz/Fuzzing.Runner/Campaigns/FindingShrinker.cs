using Fuzzing.Engine;
using Fuzzing.Runner.Workers;
using Fuzzing.Targets;

namespace Fuzzing.Runner.Campaigns;

/// <summary>Makes findings small: in one process where they are exceptions, else with a process for each trial.</summary>
internal static class FindingShrinker
{
    private const int MostDeaths = 300;

    /// <summary>Makes a finding small.</summary>
    /// <param name="target">The target's name.</param>
    /// <param name="file">The file with its input.</param>
    /// <returns>The signature and the smallest input; no signature where the file is no finding, and what it reaches is kept.</returns>
    public static (string Signature, byte[] Input) Shrink(string target, string file)
    {
        string output = Folders.Status(target, "minimize") + ".output";
        WorkerOutcome outcome = WorkerRun.ToEnd(
            new WorkerRequest
            {
                Task = WorkerTask.Minimize,
                Target = target,
                StatusFile = Folders.Status(target, "minimize"),
                Inputs = [file],
                Output = output,
                FindingsFolder = Folders.Findings(target),
            },
            TimeSpan.FromMinutes(10));
        if (outcome.ExitCode is FuzzExitCode.Passed or FuzzExitCode.Finding)
        {
            byte[] smallest = File.ReadAllBytes(output);
            File.Delete(output);
            return (outcome.Lines[^1][1], smallest);
        }
        if (outcome.ExitCode == FuzzExitCode.HarnessFailed)
            throw new HarnessFailureException($"a worker failed: {outcome.Errors}");
        Replayer replayer = new(target);
        byte[] input = File.ReadAllBytes(file);
        string signature = replayer.SignatureOf(input);
        Minimizer minimizer = new(TargetCatalogue.Create(target)!.Format, bytes => replayer.SignatureOf(bytes) == signature)
        {
            MostTrials = MostDeaths,
        };
        return (signature, minimizer.Minimize(input));
    }
}
