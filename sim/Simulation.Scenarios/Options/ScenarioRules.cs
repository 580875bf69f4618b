using Simulation.Engine.Scheduling;
using Simulation.Source.Precopy;

namespace Simulation.Scenarios.Options;

/// <summary>Which options go together.</summary>
internal static class ScenarioRules
{
    /// <summary>Most pages of all blocks together: 256 MiB.</summary>
    private const int MostPages = 1 << 16;

    /// <summary>Most free pages of all blocks together: 64 GiB.</summary>
    private const int MostFreePages = 1 << 24;

    /// <summary>The same of a mapped-ram file, where each chunk of a MiB is looked for: 6 GiB.</summary>
    private const int MostFreePagesOfFile = 3 << 19;

    /// <summary>Farthest that a migration begins in its file.</summary>
    private const long FarthestFileOffset = 1L << 40;

    public static string? Check(ScenarioOptions options)
    {
        MigrationOptions migration = options.Migration;
        bool file = migration.Transport == Transport.File;
        if (options.Format != ScenarioOptions.FormatVersion)
            return $"format {options.Format} is not {ScenarioOptions.FormatVersion}";
        if (CheckGuest(options) is { } guest)
            return guest;
        if (migration.SwitchoverAck && !migration.ReturnPath)
            return "switchover-ack needs return-path";
        if (migration.Xbzrle && (migration.Multifd || migration.MappedRam))
            return "xbzrle goes with neither multifd nor mapped-ram";
        if (migration.MappedRam && !file)
            return "mapped-ram needs a file";
        if (migration.FileOffset is < 0 or > FarthestFileOffset || (migration.FileOffset > 0 && !migration.MappedRam))
            return "only a mapped-ram file begins at an offset, of at most a TiB";
        if (file && migration.ReturnPath)
            return "a file has no return path";
        if (migration.Multifd && !migration.MappedRam && migration.Transport != Transport.Socket)
            return "multifd needs a listener, or mapped-ram";
        if (migration.MappedRam && migration.MultifdCompression != Source.Multifd.MultifdCompression.None)
            return "mapped-ram is not compressed";
        if (migration.Multifd && migration.MultifdChannels is < 1 or > 255)
            return "multifd-channels is not 1 to 255";
        if (options.Machine.PageBits is < 13 or > 16 || (options.Machine.PageBits > 14 && migration.Xbzrle))
            return "pages have 12 to 16 bits, and those of deltas 14 at most";
        if (migration.Xbzrle && !int.IsPow2(migration.XbzrleCachePages))
            return "xbzrle-cache-size is not a power of two pages";
        if (migration.MaxBandwidth < 0 || migration.DowntimeLimit < 0)
            return "max-bandwidth and downtime-limit are not negative";
        if (options.Host.Channel != ChannelKind.Copied && (options.Host.Channel == ChannelKind.Lent) != file)
            return file ? "a file is copied or lent" : "only a file is lent";
        if (options.Host.RefusesAfterBytes < 0)
            return "memory refuses writes after less than no byte";
        if (options.Host.Readers < 0 || (options.Host.Readers is not null && !migration.MappedRam))
            return "readers are refused of a mapped-ram file, after none or more";
        if (options.Host.UptimeNanoseconds is < 0 or > HostOptions.LongestUptimeNanoseconds)
            return "a host has been up for ten years at most";
        if (options.Host.ClockTicksPerNanosecond is < 1 or > HostOptions.MostTicksPerNanosecond)
            return "a clock has 1 to 4 ticks a nanosecond";
        if (migration.Postcopy is { } postcopy && CheckPostcopy(options, postcopy) is { } wrong)
            return wrong;
        if (CheckMonitor(options.Monitor, file) is { } monitor)
            return monitor;
        if (options.Strategy is not null && !StrategyCatalogue.Names.Contains(options.Strategy))
            return $"there is no strategy '{options.Strategy}'";
        return CheckFaults(options);
    }

    private static string? CheckGuest(ScenarioOptions options)
    {
        long pages = 0;
        long free = 0;
        foreach (BlockOptions block in options.Blocks)
        {
            if (block.FreePages < 0 || (free += block.FreePages) > (options.Migration.MappedRam ? MostFreePagesOfFile : MostFreePages))
                return "there are less than no free pages or too many";
            if (block.FreePages > 0 && (block.Pages < 2 || block.PagesHere is not null || block.MostPages > 0 || options.PoisonByte is not null))
                return "free pages lie between others, in a block of one length, in memory that is zero";
            if (block.Pages < 0 || block.FirstPagesHere < 0
                || (pages += Math.Max(block.Pages, block.MappedPages - block.FreePages)) > MostPages)
                return $"the blocks have less than no page or more than {MostPages} pages";
            if (block.MostPages != 0 && block.MostPages <= block.FirstPagesHere)
                return "a resizable block is as large as it can be";
            if (string.IsNullOrEmpty(block.Name) || block.Name.Length > 255)
                return "a block's name has 1 to 255 characters";
        }

        if (options.Blocks.DistinctBy(block => block.Name).Count() != options.Blocks.Count)
            return "two blocks have one name";
        if (options.Machine.Name is { } name && (name.Length is 0 or > 255 || options.Machine.AckIsUnknown))
            return "a machine's name has 1 to 255 characters, and is not given where it may have no version";
        if (options.Machine.DeviceCount is < 0 or > 64)
            return "the device count is not 0 to 64";
        return options.Guest.Pattern == Source.Guest.DirtyPattern.Burst && options.Guest.BurstPeriodNanoseconds < 1
            ? "bursts need a period" : null;
    }

    private static string? CheckPostcopy(ScenarioOptions options, PostcopyOptions postcopy)
    {
        MigrationOptions migration = options.Migration;
        if (migration.Transport != Transport.Socket || !migration.ReturnPath)
            return "postcopy needs a listener, which recovers it, and the return path";
        if (migration.IgnoreShared || migration.MappedRam || (migration.Multifd && (!postcopy.IsOfQemu11 || postcopy.Preempt)))
            return "postcopy goes with none of x-ignore-shared, mapped-ram and, before QEMU 11 or with a channel for urgent pages, multifd";
        if (options.Blocks.Any(block => block.FreePages > 0))
            return "no guest tells of free pages under postcopy";
        return postcopy.Vcpus is < 0 or > 64 || postcopy.TouchesPerVcpu < 0 || postcopy.TouchIntervalNanoseconds < 0
            || postcopy.WritePercent is < 0 or > 100 || postcopy.MaxBandwidth < 0 || postcopy.RecoveryDelayNanoseconds < 0
            ? "0 to 64 virtual CPUs touch pages, 0 to 100 percent of them to write" : null;
    }

    private static string? CheckMonitor(MonitorOptions monitor, bool isFile)
    {
        if (monitor.LatencyNanoseconds < 0 || monitor.JitterNanoseconds < 0)
            return "no byte arrives before it is sent";
        if (monitor.Visitors is < 0 or > 64)
            return "the monitor has 0 to 64 visitors";
        return monitor.Quits == QuitMoment.UnderWay && isFile ? "a host that loads a file is not ended under way" : null;
    }

    private static string? CheckFaults(ScenarioOptions options)
    {
        foreach (FaultOptions fault in options.Faults)
        {
            if (fault.Kind == FaultKind.Corrupt && (fault.Mask == 0 || fault.OffsetBytes is null))
                return "a corruption needs an offset and a mask";
            if (fault.Kind == FaultKind.Hold && fault.OffsetBytes is null)
                return "a hold needs an offset";
        }

        foreach (StrangerOptions stranger in options.Strangers)
        {
            if (stranger.Bytes < 0 || (stranger.Kind == StrangerKind.Idles && stranger.Bytes > 3))
                return "an idle stranger sends at most 3 bytes";
        }

        return options.FaultsEndNanoseconds < 0 ? "faults end before the run begins" : null;
    }
}
