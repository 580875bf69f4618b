using System.Runtime.InteropServices;
using Qemu.Migration.Destination.Memory;
using Simulation.Oracle;
using Simulation.Scenarios;
using Simulation.Scenarios.Checks;
using Simulation.Scenarios.Observing;
using Simulation.Source.Guest;

namespace Scenarios.Tests.Checks.Lies;

internal static class RamLies
{
    private const int PageBytes = 4096;

    public static IEnumerable<Doctoring> All =>
    [
        Source("one bit of a page with content", Samples.Precopy, run => Flip(run, FirstPage(run, isZero: false), 17)),
        Source("the last bit of the last page", Samples.Precopy, run => Flip(run, run.SourceRam!.PageCount - 1, PageBytes - 1)),
        Source("a zero page that still is what stood there", Samples.Precopy, run =>
        {
            int page = FirstPage(run, isZero: true);
            Writable(run, page).Fill(run.Options.PoisonByte!.Value);
            return NotAsAtTheSource(run, page);
        }),
        Source("a page that came with deltas", Samples.Xbzrle, run => Flip(run, FirstPage(run, isZero: false), 0)),
        Source("a page that came on a channel", Samples.Multifd, run => Flip(run, FirstPage(run, isZero: false), 1)),
        Source("a page of a file", Samples.MappedRam, run => Flip(run, FirstPage(run, isZero: false), 2)),
        Source("a zero page of a file that still is what stood there", Samples.MappedRam, run =>
        {
            int page = FirstPage(run, isZero: true);
            Writable(run, page).Fill(run.Options.PoisonByte!.Value);
            return NotAsAtTheSource(run, page);
        }),
        Source("a block that is left out", Samples.IgnoreShared, run =>
        {
            Writable(run, run.SourceRam!.Blocks[1].FirstPage)[9] ^= 4;
            return "block 'vga.vram' is left out of the migration and was written";
        }),
        Source("a block of another length", Samples.Precopy, run =>
        {
            run.SourceRam = new GuestRam([new("pc.ram", 63 * PageBytes), new("vga.vram", 16 * PageBytes)]);
            return $"block 'pc.ram' has {64 * PageBytes} bytes here and {63 * PageBytes} at the source";
        }),
        Oracle("a changed byte changed back", Samples.Corrupted, run => Restore(run)),
        Oracle("another byte of a migration with a changed byte", Samples.Corrupted, run => FlipAsTheOracleSees(run, isReceived: true)),
        Oracle("a page that a failed migration received", Samples.Reset, run => FlipAsTheOracleSees(run, isReceived: true)),
        Oracle("a page that a failed migration never received", Samples.Reset, run => FlipAsTheOracleSees(run, isReceived: false)),
        Oracle("a page that a failed migration received on a channel", Samples.ChannelReset, run => FlipOf(run, isReceived: true)),
        Oracle("a page that a failed migration did not receive on any channel", Samples.ChannelReset, run => FlipOf(run, isReceived: false)),
        Oracle("a page of a file that ends", Samples.FileEnds, run => FlipOf(run, isReceived: true)),
        Oracle("a page of a file that ends before it", Samples.FileEnds, run => FlipOf(run, isReceived: false)),
        Oracle("a page that nobody sent", Samples.NobodyComes, run =>
        {
            Writable(run, 3)[5] ^= 1;
            return "page 3 of block 'pc.ram' was written before the migration was active";
        }),
        Oracle("a received page that is not marked", Samples.Reset, run =>
        {
            run.Memory!.Reset();
            return $"page {PageOf(run.Oracle!.Ram.Blocks[0], isReceived: true)} of block 'pc.ram' is not marked received";
        }),
    ];

    private static Doctoring Source(string lie, ScenarioOptions scenario, Func<RunObservation, string> tell) =>
        Doctoring.Of<RamEqualsSourceAtSwitchover>(lie, scenario, tell);

    private static Doctoring Oracle(string lie, ScenarioOptions scenario, Func<RunObservation, string> tell) =>
        Doctoring.Of<RamEqualsOracle>(lie, scenario, tell);

    private static string Flip(RunObservation run, int page, int offset)
    {
        Writable(run, page)[offset] ^= 1;
        return NotAsAtTheSource(run, page);
    }

    private static string NotAsAtTheSource(RunObservation run, int page)
    {
        GuestBlock block = BlockOf(run, page);
        return $"page {page - block.FirstPage} of block '{block.Name}' is not what it was at the source";
    }

    // The page that holds the changed byte is the one that differs from the source's.
    private static string Restore(RunObservation run)
    {
        for (int page = 0; page < run.SourceRam!.PageCount; page++)
        {
            ReadOnlySpan<byte> truth = run.SourceRam.Page(page);
            if (Writable(run, page).SequenceEqual(truth))
                continue;
            truth.CopyTo(Writable(run, page));
            return $"page {page - BlockOf(run, page).FirstPage} of block '{BlockOf(run, page).Name}' is not what the stream says";
        }

        return "no page had a changed byte";
    }

    private static string FlipAsTheOracleSees(RunObservation run, bool isReceived)
    {
        int page = PageOf(run.Oracle!.Ram.Blocks[0], isReceived);
        Writable(run, page)[PageBytes / 2] ^= 0x10;
        return $"page {page} of block 'pc.ram' is not what the stream says";
    }

    private static string FlipOf(RunObservation run, bool isReceived)
    {
        int page = PageOf(run.Oracle!.Ram.Blocks[0], isReceived);
        Writable(run, page)[PageBytes / 2] ^= 0x10;
        return $"page {page} of block 'pc.ram' holds neither what it held before nor a version that came whole";
    }

    private static int PageOf(OracleRamBlock block, bool isReceived) =>
        Enumerable.Range(0, block.PageCount).First(page => block.IsReceived(page) == isReceived);

    private static int FirstPage(RunObservation run, bool isZero) =>
        Enumerable.Range(0, run.SourceRam!.PageCount).First(page => run.SourceRam.IsZero(page) == isZero);

    private static GuestBlock BlockOf(RunObservation run, int page) => run.SourceRam!.Blocks.First(block => page < block.EndPage);

    // Only the destination writes guest memory, and its tests need not: so this goes behind the back of the span.
    private static Span<byte> Writable(RunObservation run, int page)
    {
        GuestBlock block = BlockOf(run, page);
        RamBlock here = run.Memory!.Blocks[block.Index];
        ReadOnlySpan<byte> content = GuestMemory.Read(here, (long)(page - block.FirstPage) * PageBytes, PageBytes);
        return MemoryMarshal.CreateSpan(ref MemoryMarshal.GetReference(content), PageBytes);
    }
}
