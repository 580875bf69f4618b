using Simulation.Oracle;
using Simulation.Conformance;

namespace Simulation.Tests.Refereeing;

/// <summary>The referee notices who is alone, whoever lies.</summary>
public sealed class RulingTests
{
    // Seeds of honest cases that complete, and in which no QEMU is known to do something else: one channel, several, a file.
    public static TheoryData<ulong> Honest => [.. Enumerable.Range(1, 60).Select(seed => (ulong)seed).Where(IsHonest).Take(12)];

    [Theory]
    [MemberData(nameof(Honest))]
    public void Three_that_say_the_same_agree(ulong seed)
    {
        Hearing hearing = Hear(seed);
        Assert.Equal(Ruling.Agreement, Referee.Rule(hearing));
    }

    [Theory]
    [MemberData(nameof(Honest))]
    public void Destination_that_lies_is_alone(ulong seed)
    {
        Hearing hearing = Hear(seed);
        AssertFinding(Blame.Ours, hearing with { Ours = hearing.Ours with { Ram = Spoil(hearing.Ours.Ram) } });
        AssertFinding(Blame.Ours, hearing with { Ours = new TrialEnd(EndKind.Failed, "a lie") });
        AssertFinding(Blame.Ours, hearing with { Ours = hearing.Ours with { RunState = "debug" } });
        AssertFinding(Blame.Ours, hearing with { Ours = new TrialEnd(EndKind.Hung, "") });
        AssertFinding(Blame.Ours, hearing with { Ours = new TrialEnd(EndKind.Waiting, "setup") });
    }

    [Theory]
    [MemberData(nameof(Honest))]
    public void Oracle_that_lies_is_alone(ulong seed)
    {
        Hearing hearing = Hear(seed);
        byte[] ram = Spoil(hearing.Ours.Ram);
        AssertFinding(Blame.Oracle, hearing with { Ours = hearing.Ours with { Ram = ram }, Qemu = hearing.Qemu with { Ram = ram } });
        AssertFinding(
            Blame.Oracle, hearing with { Ours = new TrialEnd(EndKind.Failed, "so it is"), Qemu = new TrialEnd(EndKind.Failed, "so it is") });
    }

    [Theory]
    [MemberData(nameof(Honest))]
    public void Qemu_that_is_alone_is_named(ulong seed)
    {
        Hearing hearing = Hear(seed);
        AssertFinding(Blame.OursAndOracle, hearing with { Qemu = new TrialEnd(EndKind.Failed, "") });
        AssertFinding(Blame.OursAndOracle, hearing with { Qemu = hearing.Qemu with { Ram = Spoil(hearing.Qemu.Ram) } });
        AssertFinding(Blame.Qemu, hearing with { Qemu = new TrialEnd(EndKind.Crashed, "signal 11") });
        AssertFinding(Blame.Qemu, hearing with { Qemu = new TrialEnd(EndKind.Hung, "") });
    }

    // QEMU dies of it in one of ten runs, and of a SYNC that brings a page in half of them.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Death_by_pages_that_come_early_is_known_where_the_session_completes_too(bool withSync)
    {
        string file = Path.Combine(Repository.Root, "corpus", "regressions", "differential", "pages-before-main-began.bin");
        RefereeCase session = CorpusFile.Open(file)![0]();
        TrialEnd ours = new DestinationTrial().Play(session);
        Assert.Equal(EndKind.Completed, ours.Kind);
        RefereeCase early = withSync ? session with { Connections = [.. session.Connections.Select(WithSync)] } : session;
        Hearing hearing = new(early, ours, OracleTrial.Ask(session), new TrialEnd(EndKind.Crashed, "signal 11"));
        Assert.Equal("EARLY", KnownDeviations.IdFor(hearing));
        Assert.Null(KnownDeviations.IdFor(hearing with { Ours = new TrialEnd(EndKind.Failed, "") }));
    }

    // Whether the destination meets the torn page before main ends is timing's.
    [Theory]
    [InlineData(nameof(EndKind.Completed), "EARLY")]
    [InlineData(nameof(EndKind.Failed), "EARLY")]
    [InlineData(nameof(EndKind.Waiting), null)]
    public void Death_by_an_early_page_that_is_torn_is_known_for_both_of_our_ends(string ours, string? id)
    {
        string file = Path.Combine(Repository.Root, "corpus", "regressions", "differential", "page-torn-behind-the-last-meeting.bin");
        RefereeCase session = CorpusFile.Open(file)![0]();
        Hearing hearing = new(
            session, new TrialEnd(Enum.Parse<EndKind>(ours), ""), OracleTrial.Ask(session), new TrialEnd(EndKind.Crashed, "signal 11"));
        Assert.Equal(id, KnownDeviations.IdFor(hearing));
    }

    [Theory]
    [InlineData("DiscardRange--L4-discard-far-away--postcopy-ram.bin", nameof(EndKind.Crashed), "L4")]
    [InlineData("Truncated--discard-cut--postcopy-ram.bin", nameof(EndKind.Crashed), "L4")]
    [InlineData("None--L2-postcopy-without-discard--postcopy-ram.bin", nameof(EndKind.Failed), "L2")]
    [InlineData("None--L21-page-that-comes-twice--postcopy-ram.bin", nameof(EndKind.Waiting), "L21")]
    [InlineData("PackageWithoutRun--L19-package-that-ends-by-EOF--postcopy-ram.bin", nameof(EndKind.Waiting), "L19")]
    [InlineData("CommandInWrongState--listen-outside-a-package--postcopy-ram.bin", nameof(EndKind.Waiting), "L8")]
    [InlineData("CommandInWrongState--end-behind-discard--postcopy-ram.bin", nameof(EndKind.Waiting), "DISCARDED")]
    [InlineData("CommandInWrongState--package-unadvised--postcopy-ram.bin", nameof(EndKind.Completed), null)]
    [InlineData("None--postcopy--postcopy-ram.bin", nameof(EndKind.Failed), null)]
    public void Deviation_of_postcopy_is_known_by_its_sign(string file, string qemu, string? id)
    {
        RefereeCase played = CorpusFile.Open(Path.Combine(Repository.Root, "corpus", "malformed", file))![0]();
        TrialEnd ours = new DestinationTrial().Play(played);
        Hearing hearing = new(played, ours, OracleTrial.Ask(played), new TrialEnd(Enum.Parse<EndKind>(qemu), ""));
        Assert.Equal(hearing.OracleKind, ours.Kind);
        Assert.Equal(id, KnownDeviations.IdFor(hearing));
    }

    [Fact]
    public void Case_that_was_kept_is_the_same_case()
    {
        string folder = Directory.CreateTempSubdirectory("referee").FullName;
        for (ulong seed = 1; seed < 40; seed++)
        {
            RefereeCase drawn = RefereeDraw.Draw(seed);
            CaseFolder.Write(Path.Combine(folder, $"{seed}"), drawn, "a disagreement", "QEMU");
            RefereeCase read = CaseFolder.Read(Path.Combine(folder, $"{seed}"));
            Assert.Equal(drawn.Profile.ToJson(), read.Profile.ToJson());
            Assert.Equal(
                (drawn.IsFile, drawn.Autostart, drawn.Poison, drawn.MultifdChannels, drawn.Compression),
                (read.IsFile, read.Autostart, read.Poison, read.MultifdChannels, read.Compression));
            Assert.Equal(drawn.Capabilities, read.Capabilities);
            Assert.Equal(drawn.Connections.Select(c => c.Bytes.ToArray()), read.Connections.Select(c => c.Bytes.ToArray()));
            Assert.Equal(drawn.Connections.Select(c => (c.Leg, c.IsUrgent)), read.Connections.Select(c => (c.Leg, c.IsUrgent)));
            Assert.Equal(drawn.Log, read.Log);
            OracleVerdict before = OracleTrial.Ask(drawn);
            OracleVerdict after = OracleTrial.Ask(read);
            Assert.Equal((before.Outcome, before.Fault, before.FinalRunState), (after.Outcome, after.Fault, after.FinalRunState));
        }

        Directory.Delete(folder, recursive: true);
    }

    private static RefereeConnection WithSync(RefereeConnection connection)
    {
        const int lastByteOfFlags = 64 + 11;
        byte[] bytes = connection.Bytes.ToArray();
        if (connection.IsMultifd)
            bytes[lastByteOfFlags] |= 1;
        return new(bytes);
    }

    private static bool IsHonest(ulong seed)
    {
        RefereeCase drawn = RefereeDraw.Draw(seed);
        OracleVerdict verdict = OracleTrial.Ask(drawn);
        return verdict is { Outcome: OracleOutcome.Accepted, OutcomeDependsOnTiming: false } && verdict.Ram.Blocks[0].AmbiguousPages == 0
            && KnownDeviations.IdFor(Hear(seed) with { Qemu = new TrialEnd(EndKind.Failed, "") }) is null;
    }

    private static Hearing Hear(ulong seed)
    {
        RefereeCase drawn = RefereeDraw.Draw(seed);
        TrialEnd ours = new DestinationTrial().Play(drawn);
        return new Hearing(drawn, ours, OracleTrial.Ask(drawn), ours);
    }

    private static byte[] Spoil(ReadOnlyMemory<byte> ram)
    {
        byte[] spoilt = ram.ToArray();
        spoilt[^1] ^= 0x40;
        return spoilt;
    }

    private static void AssertFinding(Blame blame, Hearing hearing)
    {
        Ruling ruling = Referee.Rule(hearing);
        Assert.Equal((blame, true), (ruling.Blame, ruling.IsFinding));
        Assert.NotEmpty(ruling.Disagreement);
    }
}
