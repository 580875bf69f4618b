using Simulation.Conformance;
using Simulation.Oracle;
using Simulation.Source.Hosting;

namespace Simulation.Tests.Refereeing;

/// <summary>Sessions of postcopy as the referee draws them: with a channel for urgent pages, lost and recovered.</summary>
public sealed class PostcopySessionTests
{
    private static readonly RefereeCase[] Drawn = [.. Enumerable.Range(1, 1500).Select(seed => RefereeDraw.Draw((ulong)seed))
        .Where(drawn => drawn.Name.Contains("postcopy session", StringComparison.Ordinal))];

    // No bit wrong, nothing out of the format, nothing missing.
    private static IEnumerable<RefereeCase> Honest => Drawn.Where(IsHonest);

    [Fact]
    public void Every_kind_is_drawn()
    {
        Assert.Contains(Drawn, drawn => drawn.Connections.Any(connection => connection is { IsUrgent: true, Bytes.Length: > 0 }));
        Assert.Contains(Drawn, drawn => drawn.Connections.Any(connection => connection.Leg == 1));
        Assert.Contains(Drawn, drawn => drawn.Connections.Any(connection => connection.Leg == 2));
        Assert.Contains(Drawn, drawn => drawn.Connections.Any(connection => connection is { IsUrgent: true, Leg: > 0, Bytes.Length: > 0 }));
        Assert.Contains(Drawn, drawn => drawn.HasChannels);
        Assert.Contains(Drawn, drawn => drawn.Capabilities.Contains("postcopy-preempt") && !drawn.Connections.Any(connection => connection.IsUrgent));
    }

    [Fact]
    public void Destination_and_oracle_agree_on_each()
    {
        foreach (RefereeCase drawn in Drawn)
        {
            OracleVerdict oracle = OracleTrial.Ask(drawn);
            if (oracle.WaitingForConnection != OracleFault.PreemptConnection)
                Assert.Null(CorpusTrial.Judge(Hear(drawn, oracle)).Message);
        }
    }

    // A recovery brings what the bitmap says to be missing, and no more.
    [Fact]
    public void Session_that_is_recovered_completes_with_every_page_once()
    {
        RefereeCase[] recovered = [.. Honest.Where(drawn => drawn.Connections.Any(connection => connection.Leg > 0))];
        Assert.InRange(recovered.Length, 10, int.MaxValue);
        foreach (RefereeCase drawn in recovered)
        {
            OracleVerdict oracle = OracleTrial.Ask(drawn);
            TrialEnd ours = new DestinationTrial().Play(drawn);
            Assert.Equal((drawn.Name, EndKind.Completed), (drawn.Name, ours.Kind));
            Assert.Equal((drawn.Name, 0), (drawn.Name, ours.Figures!.DroppedPages));
            Assert.InRange(ours.Figures.Recoveries, 1, drawn.Connections.Max(connection => connection.Leg));
            Assert.Contains(ours.Answers, answer => answer.Contains("RecvBitmap m0", StringComparison.Ordinal));
            Assert.Contains(ours.Answers, answer => answer.EndsWith("ResumeAck 1", StringComparison.Ordinal));
            Assert.Equal(OracleOutcome.Accepted, oracle.Outcome);
        }
    }

    [Fact]
    public void What_differs_in_a_paused_session_is_found()
    {
        RefereeCase drawn = Drawn.First(candidate => new DestinationTrial().Play(candidate).IsPaused);
        Hearing hearing = Hear(drawn, OracleTrial.Ask(drawn));
        Assert.Equal(Ruling.Agreement, Referee.Rule(hearing));

        byte[] spoilt = hearing.Qemu.Ram.ToArray();
        int known = Enumerable.Range(0, spoilt.Length / 4096).First(page => !hearing.Oracle.Ram.Blocks[0].IsAmbiguous(page));
        spoilt[known * 4096] ^= 1;
        Assert.True(Referee.Rule(hearing with { Qemu = hearing.Qemu with { Ram = spoilt } }).IsFinding);
        Assert.True(Referee.Rule(hearing with { Qemu = hearing.Qemu with { RunState = "debug" } }).IsFinding);
        Assert.True(Referee.Rule(hearing with { Qemu = hearing.Qemu with { Answers = [.. hearing.Qemu.Answers.Skip(1)] } }).IsFinding);
        Assert.True(Referee.Rule(hearing with { Qemu = new(EndKind.Waiting, "postcopy-recover") }).IsFinding);
    }

    [Fact]
    public void What_a_qemu_does_not_have_is_no_finding()
    {
        RefereeCase drawn = Drawn.First(candidate => candidate.HasChannels);
        Ruling ruling = Referee.Rule(Hear(drawn, OracleTrial.Ask(drawn)) with { Qemu = new(EndKind.Unsupported, "it has not") });
        Assert.Equal((Blame.Unsupported, false), (ruling.Blame, ruling.IsFinding));
    }

    [Fact]
    public void Deviation_of_a_session_is_known_by_its_sign()
    {
        RefereeCase without = Drawn.First(drawn => OracleTrial.Ask(drawn).WaitingForConnection == OracleFault.PreemptConnection);
        Hearing waits = Hear(without, OracleTrial.Ask(without)) with { Qemu = new(EndKind.Waiting, "active") };
        Assert.Equal("URGENT", KnownDeviations.IdFor(waits));
        Assert.Null(KnownDeviations.IdFor(waits with { Qemu = new(EndKind.Waiting, "setup") }));

        RefereeCase urgent = Honest.First(drawn => drawn.Connections.Any(connection => connection.IsUrgent));
        RefereeCase wrong = urgent with
        {
            Connections = [.. urgent.Connections.Select(connection => connection.IsUrgent || connection.Leg < urgent.Connections[^1].Leg ? connection
                : connection with { Bytes = (byte[])[.. connection.Bytes.Span[..^1], 99] })],
        };
        Hearing pauses = Hear(wrong, OracleTrial.Ask(wrong));
        Assert.Equal("PREEMPT", KnownDeviations.IdFor(pauses with { Qemu = new(EndKind.Crashed, "signal 11") }));
        Assert.NotEqual("PREEMPT", KnownDeviations.IdFor(pauses with { Qemu = new(EndKind.Crashed, "signal 6") }));

        RefereeCase recovered = Honest.First(drawn => drawn.Connections.Any(connection => connection is { Leg: > 0, Bytes.Length: > 3 }));
        Hearing hung = Hear(recovered, OracleTrial.Ask(recovered)) with { Qemu = new(EndKind.Hung, "") };
        Assert.Null(KnownDeviations.IdFor(hung));
        Assert.Null(KnownDeviations.IdFor(hung with { Qemu = new(EndKind.Failed, "") }));
        Hearing torn = hung with { Qemu = hung.Ours with { Answers = [.. hung.Ours.Answers.Append("0 Pong 0").Order(StringComparer.Ordinal)] } };
        Assert.Equal("C7", KnownDeviations.IdFor(torn));
        Assert.Null(KnownDeviations.IdFor(torn with { Qemu = torn.Qemu with { RunState = "debug" } }));
        Assert.Null(KnownDeviations.IdFor(torn with { Qemu = torn.Qemu with { Answers = [.. torn.Qemu.Answers.Append("9 Pong 9")] } }));
        RefereeConnection[] empty = [.. recovered.Connections.Select(connection => connection.Leg == 1 ? connection with { Bytes = default } : connection)];
        Assert.Equal("L5", KnownDeviations.IdFor(hung with { Qemu = new(EndKind.Failed, ""), Case = recovered with { Connections = empty } }));
        RefereeConnection[] cut = [.. recovered.Connections.Select(connection => connection.Leg == 1 ? connection with { Bytes = connection.Bytes[..2] } : connection)];
        Assert.Equal("L6", KnownDeviations.IdFor(hung with { Case = recovered with { Connections = cut } }));
    }

    [Fact]
    public void Urgent_pages_have_their_place_between_those_of_main()
    {
        RefereeCase drawn = Honest.First(candidate => candidate.Steps.Count(step => candidate.Connections[step.Connection].IsUrgent) > 3);
        Assert.Equal(drawn.Connections.Sum(connection => (long)connection.Bytes.Length), drawn.Steps.Sum(step => (long)step.Bytes));
        Assert.All(
            drawn.Steps.Zip(drawn.Steps.Skip(1)).Where(pair => pair.First.Connection != pair.Second.Connection && pair.Second.Action == RecordedAction.Sends),
            pair => Assert.True(drawn.IsOrdered(pair.Second, pair.First)));
    }

    private static bool IsHonest(RefereeCase drawn) => drawn.Capabilities.Contains("postcopy-preempt") == drawn.Connections.Any(connection => connection.IsUrgent)
        && !drawn.Name.Contains("wrong", StringComparison.Ordinal) && drawn.Name.Split(", ")[2..].All(part =>
            part is "preempt" or "multifd" || part.Contains("lost behind", StringComparison.Ordinal))
        && OracleTrial.Ask(drawn).Outcome == OracleOutcome.Accepted;

    private static Hearing Hear(RefereeCase drawn, OracleVerdict oracle)
    {
        TrialEnd ours = new DestinationTrial().Play(drawn);
        return new(drawn, ours, oracle, ours);
    }
}
