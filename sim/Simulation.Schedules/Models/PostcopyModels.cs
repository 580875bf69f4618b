using Qemu.Migration.Destination;
using Qemu.Migration.Wire;
using static Simulation.Schedules.Models.ConnectionArrival;
using static Simulation.Schedules.Models.ConnectionEnd;

namespace Simulation.Schedules.Models;

/// <summary>Models in which the guest runs here while some of its pages are still at the source. Unlike others they have a source that
/// waits for what it is asked.</summary>
internal static class PostcopyModels
{
    private const int Pages = 4;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ScheduleModel> All { get; } = [Touches(), Preempt(), Cut(), Pause(), BadRecord(), WithoutRun()];

    // No page is discarded between ADVISE and LISTEN. A page that the guest has written comes again.
    private static ScheduleModel Touches()
    {
        byte[] ram = NewRam();
        ModelStream main = Switchover(new()).Package().Cut()
            .RamPart().Page(ram, 0, 0x10).Cut().Page(ram, 1, 0x11).Cut().Page(ram, 1).EndOfRecords()
            .WhenRequested(2).RamPart().Page(ram, 2, 0x12).EndOfRecords().Cut()
            .RamEnd().Page(ram, 3, 0x13).EndOfRecords().End();
        return Model("postcopy", "two CPUs touch pages that are on their way, are there, or come only when they are asked for", ram, main) with
        {
            Figures = new(main.NormalPages, 0, Pages, 0, main.Bytes),
            Vcpus = [[new(1, 0xa1), new(2), new(1)], [new(2), new(3)]],
        };
    }

    // Main ends when the source has put all urgent pages on their channel: the last ones may still be on their way.
    private static ScheduleModel Preempt()
    {
        byte[] ram = NewRam();
        ModelStream main = new ModelStream().FileHeader().OpenReturnPath().Advise()
            .RamStart().Page(NewRam(), 0, 0xee).EndOfRecords().Cut().Discard(0).Cut().Package().Cut()
            .RamPart().Page(ram, 1, 0x11).EndOfRecords().WhenRequested(0).RamPart().Page(ram, 2, 0x12).EndOfRecords()
            .WhenRequested(3).RamEnd().EndOfRecords().End();
        ModelStream urgent = new ModelStream()
            .WhenRequested(0).Page(ram, 0, 0x10).WhenRequested(3).Page(ram, 3, 0x13);
        return Model("postcopy-preempt", "urgent pages come on their own channel, the last ones when main has ended", ram, main, "postcopy-preempt") with
        {
            Connections = [main.ToConnection("main", StaysOpen), urgent.ToConnection("preempt", StaysOpen) with { Arrival = WhenActive }],
            Figures = new(main.NormalPages + urgent.NormalPages, 0, Pages, 0, main.Bytes + urgent.Bytes),
            Vcpus = [[new(0, 0xa0), new(2)], [new(3)]],
        };
    }

    // The source is lost while CPUs wait for pages, again before it has said RESUME, and again behind it.
    private static ScheduleModel Cut()
    {
        byte[] ram = NewRam();
        ModelStream main = Switchover(new()).Package().Cut().RamPart().Page(ram, 1, 0x11).Cut().PageHeader(2);
        ModelStream lost = new ModelStream().RecvBitmap();
        ModelStream late = new ModelStream().Recovery().WhenRequested(2).RamPart().PageHeader(2);
        ModelStream last = new ModelStream().Recovery();
        for (int page = 0; page < Pages; page++)
            last.Again(Fill(ram, page), page, whenRequested: page >= 2);
        last.RamEnd().EndOfRecords().End();
        return Model("postcopy-cut", "the source is lost three times while CPUs wait for pages", ram, main) with
        {
            Connections =
            [
                main.ToConnection("main", Fails), Recovery(lost, "lost recovery", Closes), Recovery(late, "late recovery", Fails),
                Recovery(last, "recovery", StaysOpen),
            ],
            Vcpus = [[new(2)], [new(3, 0xa3), new(1)]],
        };
    }

    // The order to pause may come before RUN: then the guest stays at the source.
    private static ScheduleModel Pause()
    {
        byte[] ram = NewRam();
        ModelStream main = Switchover(new()).Package().Cut();
        for (int page = 0; page < Pages; page++)
            main.RamPart().Page(Fill(ram, page), page).EndOfRecords().Cut();
        main.RamEnd().EndOfRecords().End();
        return Model("postcopy-pause", "migrate-pause is sent at any moment of postcopy, beside its completion too", ram, main) with
        {
            Connections =
            [
                main.ToConnection("main", StaysOpen), Recovery(Whole(ram), "recovery", StaysOpen), Recovery(Whole(ram), "second recovery", StaysOpen),
            ],
            Errors = [StreamErrorCode.Truncated],
            MayComplete = true,
            Pauses = 2,
            Vcpus = [[new(3), new(2, 0xa2)]],
        };
    }

    // What follows RUN cannot fail the migration any more, however soon it comes.
    private static ScheduleModel BadRecord()
    {
        byte[] ram = NewRam();
        ModelStream main = Switchover(new()).Package().RamPart().PageHeader(Pages);
        for (int page = 0; page < Pages; page++)
            Fill(ram, page);
        return Model("postcopy-bad-record", "a page beyond the block's end comes right behind RUN", ram, main) with
        {
            Connections = [main.ToConnection("main", StaysOpen), Recovery(Whole(ram), "recovery", Closes)],
            Vcpus = [[new(0, 0xa0), new(1)], [new(1), new(2)]],
        };
    }

    private static ScheduleModel WithoutRun()
    {
        byte[] ram = NewRam();
        ModelStream main = Switchover(new()).Package(ModelStream.PackageEnd.Eof).Cut();
        for (int page = 0; page < Pages; page++)
            main.RamPart().Page(Fill(ram, page), page).EndOfRecords().Cut();
        main.RamEnd().EndOfRecords().End();
        ModelStream urgent = new ModelStream().WhenRequested(0).Page(ram, 0);
        return Model("postcopy-no-run", "a package ends without RUN", ram, main, "postcopy-preempt") with
        {
            Connections = [main.ToConnection("main", StaysOpen), urgent.ToConnection("preempt", StaysOpen) with { Arrival = WhenActive }],
            Errors = [StreamErrorCode.PackageWithoutRun, StreamErrorCode.Truncated],
            Pauses = 1,
            Vcpus = [[new(0)]],
        };
    }

    private static ModelStream Switchover(ModelStream main) => main.FileHeader().OpenReturnPath().Advise().RamStart().EndOfRecords().Cut();

    private static ModelStream Whole(byte[] ram)
    {
        ModelStream recovery = new ModelStream().Recovery();
        for (int page = 0; page < Pages; page++)
            recovery.Again(ram, page);
        return recovery.RamEnd().EndOfRecords().End();
    }

    private static ModelConnection Recovery(ModelStream stream, string name, ConnectionEnd end) =>
        stream.ToConnection(name, end) with { Arrival = WhenPaused };

    private static byte[] NewRam() => new byte[Pages * ModelStream.PageBytes];

    private static byte[] Fill(byte[] ram, int page)
    {
        ram.AsSpan(page * ModelStream.PageBytes, ModelStream.PageBytes).Fill((byte)(0x10 + page));
        return ram;
    }

    private static ScheduleModel Model(string name, string description, byte[] ram, ModelStream main, params string[] capabilities)
    {
        ScheduleModel model = ModelCatalogue.Model(name, description, ram, [], main, [], StaysOpen);
        foreach (string capability in (string[])["postcopy-ram", .. capabilities])
            model.Capabilities.Set(capability, true);
        return model with { Figures = null };
    }
}
