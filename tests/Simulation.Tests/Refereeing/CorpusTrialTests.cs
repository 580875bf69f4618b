using Simulation.Runner.Refereeing;
using Simulation.Runner.Scoring;
using Simulation.Tests.Processes;

namespace Simulation.Tests.Refereeing;

/// <summary>The streams of the corpus, our destination beside the oracle.</summary>
public sealed class CorpusTrialTests
{
    private static string Corpus => Path.Combine(Repository.Root, "corpus");

    [Fact]
    public void Destination_and_oracle_agree_on_every_stream()
    {
        IReadOnlyList<string> files = CorpusSlices.FilesIn(Corpus);

        Assert.Contains(files, file => file.Contains("malformed", StringComparison.Ordinal));
        Assert.Contains(files, file => file.Contains("seeds", StringComparison.Ordinal));
        Assert.All(files, file => Assert.Null(CorpusTrial.Play(file).Message));
    }

    [Fact]
    public void Stream_shows_a_planted_bug_and_is_no_finding_without_it()
    {
        string stream = Path.Combine(Corpus, "malformed", "InvalidRunState--not-a-run-state.bin");

        Assert.Equal(0, SimulateProcess.Run("replay", stream).ExitCode);
        SimulateProcess.Result planted = SimulateProcess.Run("replay", stream, "--bug", "unknown-run-state-runs");

        Assert.Equal(1, planted.ExitCode);
        Assert.StartsWith("Violated VerdictEqualsOracle: ", planted.Output);
    }
}
