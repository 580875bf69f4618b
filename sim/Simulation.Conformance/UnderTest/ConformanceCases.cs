using Simulation.Engine.Choices;
using Simulation.Scenarios;
using Simulation.Scenarios.Options;
using Simulation.Source.Deviations;
using Simulation.Source.Guest;
using Simulation.Source.Multifd;
using static Simulation.Conformance.UnderTest.ConformanceProperties;
using static Simulation.Conformance.UnderTest.RecordedSources;

namespace Simulation.Conformance.UnderTest;

/// <summary>The rows of the table of <c>simulate conform</c>.</summary>
internal static class ConformanceCases
{
    private const byte Poison = 0xaa;
    private const int CutInPayload = 20_000;

    // At the end stand the devices and the VMDESCRIPTION: a cut in that is no failure any more.
    private const int TailBytes = 1_200;

    /// <summary>Every row.</summary>
    /// <param name="seed">Decides where connections are cut.</param>
    public static IReadOnlyList<ConformanceCase> All(ulong seed) =>
        [.. Precopies(seed), .. Multifds(), .. Files(), .. Postcopies(seed), .. FigureCases.All(seed)];

    private static IEnumerable<ConformanceCase> Precopies(ulong seed)
    {
        yield return Row("precopy", "none", dialect => Record(dialect, Precopy), FaultySources.HalfCloses);
        yield return Row("xbzrle", "none", dialect => Record(dialect, Xbzrle, Busy));
        yield return Row("return-path", "none", dialect => Record(dialect, ReturnPath));
        yield return Row("return-path", "half-close", dialect => Record(dialect, ReturnPath), FaultySources.HalfCloses);
        yield return Row("return-path", "stall in a page", dialect => Record(dialect, ReturnPath), FaultySources.Stalls);
        yield return Row("return-path", "cut at random", dialect => CutAtRandom(seed, Record(dialect, ReturnPath)), FaultySources.HalfCloses);
        yield return Row("return-path", "cut in VMDESCRIPTION", Of(ReturnPath, DeviantMode.VmDescriptionTruncated), FaultySources.HalfCloses, new("VMDESC", Reports));
        yield return Row("return-path", "slow start 0 bytes", dialect => Record(dialect, ReturnPath), FaultySources.BeginsSlowly(0), new("L6", Liveness));
        yield return Row("return-path", "slow start 2 bytes", dialect => Record(dialect, ReturnPath), FaultySources.BeginsSlowly(2), new("L6", Liveness));
        yield return Stranger("return-path", "port scan", FaultySources.BehindPortScan, new("L5", Liveness, Outcome, Reports));
        yield return Stranger("return-path", "HTTP client", FaultySources.BehindStranger, new("L5", Liveness, Outcome, Reports)) with { IsRace = true };
        yield return Stranger("return-path", "late connection", FaultySources.BeforeLateStranger);
        yield return Row("return-path", "bad address first", dialect => Record(dialect, ReturnPath), FaultySources.BehindBadAddress, new("L10", Outcome, Reports)) with
        {
            NeedsMigrateIncoming = true,
        };
        yield return Row("return-path", "machine name cut", Of(ReturnPath, DeviantMode.MachineNamePrefix), FaultySources.HalfCloses, new("L13", Outcome));
        yield return Row("return-path", "4 GiB machine name", Of(ReturnPath, DeviantMode.MachineNameHuge), FaultySources.HalfCloses, new("CLAIM", Liveness));
        yield return Row("return-path", "run state debug", Of(ReturnPath, DeviantMode.RunStateDebug), FaultySources.HalfCloses, new("L26", Liveness));
    }

    private static IEnumerable<ConformanceCase> Multifds()
    {
        yield return Row("multifd", "none", dialect => Record(dialect, Multifd(dialect)));
        yield return Row("multifd zlib", "none", dialect => Record(dialect, RecordedSources.Multifd(dialect, MultifdCompression.Zlib)));
        yield return Row("multifd zstd", "none", dialect => Record(dialect, RecordedSources.Multifd(dialect, MultifdCompression.Zstd)));
        yield return Row("multifd", "channels before main", dialect => Reorder(Record(dialect, Multifd(dialect))), null, new("#63", Outcome));
        yield return Row("multifd", "stall in a page", dialect => Record(dialect, Multifd(dialect)), FaultySources.Stalls);
        yield return Row("multifd", "slow start 0 bytes", dialect => Record(dialect, Multifd(dialect)), FaultySources.BeginsSlowly(0), new("L6", Liveness));
        yield return Row("multifd", "slow start 2 bytes", dialect => Record(dialect, Multifd(dialect)), FaultySources.BeginsSlowly(2), new("L6", Liveness));
        yield return Stranger("multifd", "port scan", FaultySources.BehindPortScan, new("L5", Liveness, Outcome, Reports), Multifd);
        yield return Stranger("multifd", "surplus channel", FaultySources.WithSurplusChannel, null, Multifd);
        yield return Stranger("multifd", "second source", FaultySources.BesideSecondSource, new("L23", Liveness), Multifd);
        yield return Row(
            "multifd", "channel cut",
            dialect => Record(dialect, Multifd(dialect), options => options with { Faults = [Cut("multifd/0", CutInPayload)] }),
            FaultySources.LosesFirstChannel, new("L1", Liveness));
        yield return Row(
            "multifd", "late channel error", dialect => Record(dialect, Multifd(dialect), Deviates(DeviantMode.MultifdGarbageAtEnd)),
            FaultySources.HoldsTheEnd, new("L3", Reports)) with { IsRace = true };
        yield return Row("multifd", "page at 0x800", Of(Multifd, DeviantMode.MultifdOffsetUnaligned), FaultySources.HalfCloses, new("L16", Outcome));
        yield return Row("multifd", "channel id too high", Of(Multifd, DeviantMode.MultifdInitialIdTwo), FaultySources.HalfCloses, new("#45", Liveness));
        yield return Row(
            "multifd", "RAM not zero before", dialect => Record(dialect, Multifd(dialect), options => options with { PoisonByte = Poison }),
            FaultySources.Plain, new("L7", Outcome));
    }

    private static IEnumerable<ConformanceCase> Files()
    {
        yield return Row("mapped-ram", "none", dialect => Record(dialect, MappedRam(false)));
        yield return Row("mapped-ram", "block half as long", dialect => Grow(Record(dialect, MappedRam(false), Half)), FaultySources.Plain, new("L15", Outcome));
        yield return Row("mapped-ram", "page size 0", dialect => Record(dialect, MappedRam(false), Deviates(DeviantMode.MappedRamPageSizeZero)), FaultySources.Plain, new("#47", Liveness));
        yield return Row("mapped-ram", "file cut", dialect => CutInPages(Record(dialect, MappedRam(false))), FaultySources.Plain);
        yield return Row("mapped-ram multifd", "none", dialect => Record(dialect, MappedRam(true)));
        yield return Row("mapped-ram multifd", "file cut", dialect => CutInPages(Record(dialect, MappedRam(true))), FaultySources.Plain, new("L25", Liveness));
    }

    private static IEnumerable<ConformanceCase> Postcopies(ulong seed)
    {
        yield return Row("postcopy", "none", dialect => Record(dialect, Postcopy(), Busy));
        yield return Row("postcopy", "cut", dialect => CutBehindRun(seed, dialect), FaultySources.HalfCloses);
        yield return Row("postcopy", "cut and recovery", dialect => Recovered(seed, dialect, preempt: false));
        yield return Row("postcopy", "DISCARD beyond block", Of(_ => Postcopy(), DeviantMode.DiscardBeyondBlock), FaultySources.HalfCloses, new("L4", Liveness));
        yield return Row("postcopy", "package without RUN", Of(_ => Postcopy(), DeviantMode.PackageWithoutRun), FaultySources.HalfCloses, new("L19", Liveness, Outcome)) with { IsRace = true };
        yield return Row("postcopy", "devices behind RUN", Of(_ => Postcopy(), DeviantMode.DeviceAfterRun), FaultySources.HalfCloses, new("L20", Outcome));
        yield return Row("postcopy", "page twice", Of(_ => Postcopy(), DeviantMode.PostcopyPageTwice), FaultySources.HalfCloses, new("L21", Liveness, Outcome)) with { IsRace = true };
        yield return Row("postcopy-preempt", "none", dialect => WithPreempt(dialect, () => Record(dialect, Postcopy(preempt: true), Busy)));
        yield return Row("postcopy-preempt", "cut and recovery", dialect => WithPreempt(dialect, () => Recovered(seed, dialect, preempt: true)));
    }

    private static ConformanceCase Row(
        string capability, string fault, Func<SourceDialect, RefereeCase?> record, Func<ProcessTrial, Task>? source = null, KnownFault? known = null) => new()
        {
            Capability = capability,
            Fault = fault,
            Record = record,
            Source = source ?? FaultySources.Plain,
            KnownFault = known,
        };

    private static ConformanceCase Stranger(
        string capability, string fault, Func<ProcessTrial, Task> source, KnownFault? known = null, Func<SourceDialect, MigrationOptions>? migration = null) =>
        Row(capability, fault, dialect => Record(dialect, migration?.Invoke(dialect) ?? ReturnPath), source, known) with { IsSourceAlone = false };

    private static Func<SourceDialect, RefereeCase?> Of(MigrationOptions migration, DeviantMode mode) => Of(_ => migration, mode);

    private static Func<SourceDialect, RefereeCase?> Of(Func<SourceDialect, MigrationOptions> migration, DeviantMode mode) => dialect =>
    {
        MigrationOptions options = migration(dialect);
        return Record(dialect, options, scenario => Deviates(mode)(options.Postcopy is null ? scenario : Busy(scenario)));
    };

    private static MigrationOptions Multifd(SourceDialect dialect) => RecordedSources.Multifd(dialect);

    private static RefereeCase CutAtRandom(ulong seed, RefereeCase whole) =>
        whole with { Connections = [new(whole.Connections[0].Bytes[..new Prng(seed).NextInt(whole.Connections[0].Bytes.Length - TailBytes)])] };

    // Half of the pages are not in the file.
    private static RefereeCase CutInPages(RefereeCase whole)
    {
        ReadOnlyMemory<byte> file = whole.Connections[0].Bytes;
        return whole with { Connections = [new(file[..(file.Length - (Pages * GuestRam.UsualPageBytes / 2))])] };
    }

    private static RefereeCase Reorder(RefereeCase whole) => whole with { Connections = [.. whole.Connections.Skip(1).Reverse(), whole.Connections[0]] };

    private static ScenarioOptions Half(ScenarioOptions options) => options with { Blocks = [new BlockOptions(RefereeDraw.BlockName, Pages / 2)] };

    // The destination's block is as long as always.
    private static RefereeCase Grow(RefereeCase half)
    {
        long bytes = (long)Pages * GuestRam.UsualPageBytes;
        return half with { Profile = CaseFolder.Profile(RefereeDraw.BlockName, bytes), Machine = CaseFolder.Machine(CaseFolder.Profile(RefereeDraw.BlockName, bytes), half.Autostart) };
    }

    // Between the package and the end.
    private static long DrawCut(ulong seed, RefereeCase whole)
    {
        long ran = OracleTrial.Ask(whole).Postcopy!.RanAt!.Value;
        return new Prng(seed).Between(ran + 1, whole.Connections[0].Bytes.Length - 100);
    }

    // A source for QEMU before 8.0 makes that channel earlier.
    private static RefereeCase? WithPreempt(SourceDialect dialect, Func<RefereeCase> record) => dialect == SourceDialect.Before81 ? null : record();

    private static RefereeCase CutBehindRun(ulong seed, SourceDialect dialect)
    {
        long cut = DrawCut(seed, Record(dialect, Postcopy(), Busy));
        return Record(dialect, Postcopy(), options => Busy(options) with { Faults = [Cut("main", cut)] });
    }

    internal static RefereeCase Recovered(ulong seed, SourceDialect dialect, bool preempt)
    {
        long cut = DrawCut(seed, Record(dialect, Postcopy(preempt), Busy));
        return Record(dialect, Postcopy(preempt, recovers: true), options => Busy(options) with { Faults = [Cut("main", cut)] });
    }
}
