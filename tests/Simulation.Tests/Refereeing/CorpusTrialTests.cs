using System.Text.Json;
using Simulation.Oracle;
using Simulation.Conformance;
using Simulation.Runner.Scoring;
using Simulation.Scenarios.Tokens;
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

    // Main is read as it comes and the channels are read beside it: what a session that fails, or is not met to its end, has counted is
    // a matter of order.
    [Fact]
    public void Every_kind_of_host_makes_the_same_of_every_stream()
    {
        List<string> troubles = [];
        foreach (string file in CorpusSlices.FilesIn(Corpus))
        {
            RefereeCase played = CorpusFile.Open(file)![0]();
            OracleVerdict oracle = OracleTrial.Ask(played);
            TrialEnd? first = null;
            foreach (TrialHostKind kind in TrialHostKind.All(played))
            {
                TrialEnd end = new DestinationTrial().Play(played, kind);
                if (CorpusTrial.Judge(new Hearing(played, end, oracle, end)).Message is { } message)
                    troubles.Add($"{file}, {kind}: {message}");
                first ??= end;

                // Behind LISTEN the package and main are read by two tasks: how far each has come when one fails is a matter of order too.
                bool isWhole = oracle.Postcopy?.ListenedAt is null || oracle.Outcome == OracleOutcome.Accepted;
                bool isCertain = !oracle.OutcomeDependsOnTiming && !played.HasChannels && isWhole;
                if (isCertain && (Seen(first), true) != (Seen(end), first.Ram.Span.SequenceEqual(end.Ram.Span)))
                    troubles.Add($"{file}, {kind}: {Seen(end)}, and copied: {Seen(first)}");
            }
        }

        Assert.True(troubles.Count == 0, string.Join("\n", troubles));

        // How much of the stream was looked at is a matter of the reads; what was taken of it is not.
        static string Seen(TrialEnd end) => $"{end.Kind} {end.Error} {end.RunState} SHUT {end.Shut} normal {end.Figures!.NormalPages} "
            + $"zero {end.Figures.ZeroPages} xbzrle {end.Figures.XbzrlePages} unique {end.Figures.UniquePages} bytes {end.Figures.TransferredBytes}";
    }

    [Fact]
    public void Stream_shows_a_planted_bug_and_is_no_finding_without_it()
    {
        string stream = Path.Combine(Corpus, "malformed", "InvalidRunState--not-a-run-state.bin");

        Assert.Equal(0, SimulateProcess.Run("replay", stream).ExitCode);
        SimulateProcess.Result planted = SimulateProcess.Run("replay", stream, "--bug", "unknown-run-state-runs");

        Assert.Equal(1, planted.ExitCode);
        Assert.StartsWith("violated VerdictEqualsOracle: ", planted.Output);

        using JsonDocument line = JsonDocument.Parse(SimulateProcess.Run("replay", stream, "--bug", "unknown-run-state-runs", "--json").Output);
        Assert.Equal("violated", line.RootElement.GetProperty("verdict").GetString());
        Assert.Equal("VerdictEqualsOracle", line.RootElement.GetProperty("check").GetString());
        Assert.Equal("unknown-run-state-runs", line.RootElement.GetProperty("bug").GetString());
    }

    [Theory]
    [InlineData("--trace")]
    [InlineData("--until", "5")]
    public void Steps_of_a_stream_are_bad_usage(params string[] options)
    {
        string stream = Path.Combine(Corpus, "malformed", "InvalidRunState--not-a-run-state.bin");

        Assert.Equal(64, SimulateProcess.Run(["replay", stream, .. options]).ExitCode);
        Assert.Equal(64, SimulateProcess.Run(["replay", new ReplayToken(1).ToString(), "--bug", "wall-clock", .. options]).ExitCode);
    }
}
