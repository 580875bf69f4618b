using Simulation.Oracle;
using static Oracle.Tests.Bytes;
using static Oracle.Tests.PostcopyStream;

namespace Oracle.Tests;

/// <summary>Postcopy by set algebra over pages: received before, discarded, received after.</summary>
public sealed class PostcopyTests
{
    [Fact]
    public void Page_is_the_last_version_that_was_not_discarded()
    {
        OracleVerdict verdict = Read(Running, Pages(PageRecord(PageSize, 0x21), ZeroRecord(2 * PageSize)), End);

        Assert.Equal((OracleOutcome.Accepted, null), (verdict.Outcome, verdict.Fault));
        Assert.Equal((OraclePostcopyPhase.Ended, 1L), (verdict.Postcopy!.Phase, verdict.Postcopy.PagesDiscarded));
        OracleRamBlock ram = verdict.Ram["ram"];
        Assert.Equal(Join(Page(0x10), Page(0x21), Page(0), Page(0)), ram.ToArray()[..(4 * PageSize)]);
        Assert.Equal([true, true, true, false], Enumerable.Range(0, 4).Select(ram.IsReceived));
        Assert.Equal(new OracleCounters(3, 1), verdict.Counters);
    }

    [Fact]
    public void Advice_throws_away_what_was_there_before()
    {
        Assert.Equal(new byte[8 * PageSize], Read(Advised, [0]).Ram["ram"].ToArray());
    }

    [Fact]
    public void Page_that_is_there_is_not_written_again()
    {
        OracleVerdict verdict = Read(
            Running, Pages(PageRecord(0, 0x99), PageRecord(PageSize, 0x21), PageRecord(PageSize, 0x22)), End);

        Assert.Equal(OracleOutcome.Accepted, verdict.Outcome);
        Assert.Equal(Join(Page(0x10), Page(0x21)), verdict.Ram["ram"].ToArray()[..(2 * PageSize)]);
        Assert.Equal(new OracleCounters(5, 0), verdict.Counters);
        Assert.Equal(3, verdict.FirstPagesAt(verdict.BytesConsumed));
    }

    [Fact]
    public void Source_without_a_page_to_discard_may_go_over_to_postcopy()
    {
        Assert.Equal(OracleOutcome.Accepted, Read(Advised, Ram(BlockList), Package(Listen, TimerSection, Run), End).Outcome);
    }

    [Fact]
    public void Precopy_that_was_allowed_to_be_postcopy_completes_as_one()
    {
        OracleVerdict verdict = Read(Advised, Ram(BlockList, PageRecord(0, 7)), [0, 6], U32(0));

        Assert.Equal(
            (OracleOutcome.Accepted, OraclePostcopyPhase.Advised, false),
            (verdict.Outcome, verdict.Postcopy!.Phase, verdict.Postcopy.HasRun));
    }

    [Theory]
    [InlineData(true, "running")]
    [InlineData(false, "paused")]
    public void Guest_runs_whatever_its_state_was(bool autostart, string runState)
    {
        byte[] state = Start(3, "globalstate", 1, GlobalState("paused"));
        OracleInput input = Input(Discarded, Package(Listen, state, Run), End);

        Assert.Equal(runState, Read(input with { Machine = Machine with { Autostart = autostart } }).FinalRunState);
    }

    [Fact]
    public void Host_page_is_placed_when_all_of_it_has_come_in_any_order()
    {
        byte[] whole = Pages(PageRecord(3 * PageSize, 3, "huge"), ZeroRecord(2 * PageSize, "huge"));
        OracleVerdict verdict = Read(Running, whole, Pages(PageRecord(0, 9, "huge")));

        Assert.Equal(OracleOutcome.Paused, verdict.Outcome);
        Assert.Equal(Join(Page(0), Page(0), Page(0), Page(3)), verdict.Ram["huge"].ToArray());
        Assert.Equal([false, false, true, true], Enumerable.Range(0, 4).Select(verdict.Ram["huge"].IsReceived));
    }

    [Fact]
    public void Package_is_passed_over_behind_run()
    {
        Assert.Equal(OracleOutcome.Accepted, Read(Discarded, Package(Listen, TimerSection, Run, [9, 9, 9]), End).Outcome);
    }

    [Fact]
    public void Guest_does_not_run_before_all_of_the_package_has_come()
    {
        OracleVerdict verdict = Read(Discarded, Package(Listen, TimerSection, Run, [9, 9, 9])[..^1]);

        Assert.Equal((OracleOutcome.Failed, OracleFaultKind.Truncated), (verdict.Outcome, verdict.Fault?.Kind));
        Assert.False(verdict.Postcopy!.HasRun);
    }

    [Fact]
    public void Discard_of_nothing_discards_nothing()
    {
        Assert.Equal(1, Read(Discarded, Discard("ram", (0, 0)), Package(Listen, Run), Ending).Postcopy!.PagesDiscarded);
    }

    [Fact]
    public void Source_without_a_return_path_sends_everything_by_and_by()
    {
        byte[] silent = Join(Begin, Advise, Ram(BlockList), Package(Listen, Run), Pages(PageRecord(0, 7)), Ending);

        Assert.Equal((OracleOutcome.Accepted, 0), (Read(silent).Outcome, Read(silent).ReturnPath.Count));
    }

    [Fact]
    public void Paused_migration_goes_on_where_its_bitmap_says()
    {
        OracleInput input = Input(Running, Pages(PageRecord(PageSize, 0x21))) with
        {
            Recoveries = [Recover(Pages(PageRecord(3 * PageSize, 0x23))), Recover(Pages(PageRecord(4 * PageSize, 0x24)), Ending)],
        };
        OracleVerdict verdict = Read(input);

        Assert.Equal((OracleOutcome.Accepted, 3), (verdict.Outcome, verdict.Postcopy!.Legs.Count));
        Assert.Equal(
            [0b11, 0b1011], verdict.ReturnPath.Where(message => message.Block == "ram").Select(message => (int)message.Bitmap.Span[0]));
        Assert.Equal([1, 2], verdict.ReturnPath.Where(message => message.Type == 6).Select(message => message.Leg));
        Assert.Equal([true, true, false, true, true], Enumerable.Range(0, 5).Select(verdict.Ram["ram"].IsReceived));
    }

    [Fact]
    public void Recovery_may_begin_with_the_block_of_the_last_record_and_the_section_of_the_first_connection()
    {
        OracleInput input = Input(Running, Pages(PageRecord(PageSize, 0x21))) with
        {
            Recoveries = [Recover(Pages(Join(U64(2 * PageSize | 0x28), Page(0x22))), Ending)],
        };

        Assert.Equal(Page(0x22), Read(input).Ram["ram"].Page(2).ToArray());
    }

    [Fact]
    public void Urgent_pages_come_on_a_connection_of_their_own()
    {
        OracleInput input = WithPreempt(Input(Running, Pages(PageRecord(2 * PageSize, 0x22)), End), PageRecord(PageSize, 0x21));
        OracleVerdict verdict = Read(input);

        Assert.Equal(OracleOutcome.Accepted, verdict.Outcome);
        Assert.Equal(Join(Page(0x21), Page(0x22)), verdict.Ram["ram"].ToArray()[PageSize..(3 * PageSize)]);
        Assert.Equal(1, verdict.Postcopy!.Legs[0].PreemptCounters.Normal);
        Assert.Equal(0, verdict.Ram["ram"].DoubtfulPages);
    }

    [Theory]
    [InlineData(0x21, 0x22, true)]
    [InlineData(0x21, 0x21, false)]
    public void Page_that_two_connections_bring_is_that_of_the_first_and_nobody_can_say_which_that_is(byte ofMain, byte urgent, bool isAmbiguous)
    {
        OracleVerdict verdict = Read(WithPreempt(Input(Running, Pages(PageRecord(PageSize, ofMain)), End), PageRecord(PageSize, urgent)));

        OracleRamBlock ram = verdict.Ram["ram"];
        Assert.Equal((OracleOutcome.Accepted, true, false), (verdict.Outcome, ram.IsReceived(1), ram.IsDoubtful(1)));
        Assert.Equal(isAmbiguous, ram.IsAmbiguous(1));
        Assert.True(ram.MayHold(1, Page(ofMain), mayBeTorn: false) && ram.MayHold(1, Page(urgent), mayBeTorn: false));
        Assert.False(ram.MayHold(1, Page(0x23), mayBeTorn: false));
    }

    [Fact]
    public void Package_waits_for_the_preempt_connection()
    {
        OracleVerdict verdict = Read(Input(Running, Ending) with { Capabilities = ["postcopy-ram", "postcopy-preempt"] });

        Assert.Equal((OracleOutcome.Pending, OracleFault.PreemptConnection), (verdict.Outcome, verdict.WaitingForConnection));
    }

    [Fact]
    public void Urgent_pages_are_in_doubt_where_main_is_lost()
    {
        OracleInput input = WithPreempt(Input(Running), PageRecord(PageSize, 0x21));
        OracleVerdict paused = Read(input);
        Assert.Equal(OracleOutcome.Paused, paused.Outcome);
        Assert.True(paused.Ram["ram"].IsDoubtful(1) && paused.Ram["ram"].IsAmbiguous(1) && !paused.Ram["ram"].IsReceived(1));

        OracleVerdict verdict = Read(input with
        {
            Recoveries = [Recover(Pages(PageRecord(PageSize, 0x21)), End) with { Preempt = new OracleConnection(default, false) }],
        });
        OracleReturnMessage bitmap = verdict.ReturnPath.First(message => message.Block == "ram");
        Assert.Equal((0b01, 0b10), (bitmap.Bitmap.Span[0], bitmap.DoubtfulBitmap.Span[0]));
        Assert.True(verdict.Ram["ram"].IsReceived(1));
        Assert.Equal(0, verdict.Ram["ram"].DoubtfulPages + verdict.Ram["ram"].AmbiguousPages);
    }

    [Fact]
    public void Pages_of_main_are_in_doubt_where_the_preempt_connection_is_lost()
    {
        OracleInput input = Input(Running, Pages(PageRecord(2 * PageSize, 0x22)));
        input = input with { Main = input.Main with { Ended = false } };
        OracleVerdict verdict = Read(WithPreempt(input, PageRecord(PageSize, 0x21), ended: true));

        Assert.Equal(OracleOutcome.Paused, verdict.Outcome);
        Assert.Equal((OracleFaultKind.Truncated, OracleFault.PreemptConnection), (verdict.Fault!.Kind, verdict.Fault.Connection));
        Assert.Equal(2, verdict.Ram["ram"].DoubtfulPages);
    }

    [Fact]
    public void Page_that_is_waited_for_pauses_where_the_preempt_connection_is_lost_though_main_is_whole()
    {
        OracleInput input = WithPreempt(Input(Running, End), [], ended: true);
        OracleInput waiting = input with { Requests = [new OracleRequest(0, "ram", PageSize)] };
        OracleInput served = WithPreempt(waiting, PageRecord(PageSize, 0x21), ended: true);

        Assert.Equal(OracleOutcome.Accepted, Read(input).Outcome);
        Assert.Equal(OracleOutcome.Paused, Read(waiting).Outcome);
        Assert.Equal(OracleOutcome.Accepted, Read(served).Outcome);
    }

    [Fact]
    public void Order_that_ends_the_connection_between_LISTEN_and_RUN_fails_the_migration()
    {
        OracleInput open = Input(Discarded, Command(7, U32(200)), Listen);
        open = open with { Main = open.Main with { Ended = false } };
        OracleVerdict verdict = Read(open with { Main = open.Main with { Abandoned = true } });

        Assert.Equal(OracleOutcome.Pending, Read(open).Outcome);
        Assert.Equal((OracleOutcome.Failed, OracleFaultKind.Truncated), (verdict.Outcome, verdict.Fault!.Kind));
    }

    [Fact]
    public void Page_sent_twice_with_other_content_may_be_either_where_the_first_is_in_doubt()
    {
        OracleInput input = WithPreempt(Input(Running), PageRecord(PageSize, 0x21)) with
        {
            Recoveries = [Recover(Pages(PageRecord(PageSize, 0x31)), End) with { Preempt = new OracleConnection(default, false) }],
        };
        OracleRamBlock ram = Read(input).Ram["ram"];

        Assert.True(ram.IsReceived(1) && ram.IsAmbiguous(1));
        Assert.Equal((true, true, false), (MayHold(ram, 0x21), MayHold(ram, 0x31), MayHold(ram, 0x11)));
    }

    [Fact]
    public void Open_connection_that_is_given_up_for_a_recovery_leaves_its_pages_in_doubt()
    {
        OracleInput input = Input(Running, Pages(PageRecord(PageSize, 0x21)));
        input = input with { Main = input.Main with { Ended = false }, Recoveries = [Recover(Ending)] };

        Assert.True(Read(input).Ram["ram"].IsDoubtful(1));
    }

    private static bool MayHold(OracleRamBlock block, byte fill) => block.MayHold(1, Page(fill), mayBeTorn: false);

    private static OracleRecovery Recover(params byte[][] behindResume) => new(new OracleConnection(Join(
        Command(10, Str8("ram")), Command(10, Str8("huge")), Command(9), Join(behindResume))));
}
