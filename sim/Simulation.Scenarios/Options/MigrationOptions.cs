using Simulation.Source.Multifd;
using Simulation.Source.Precopy;

namespace Simulation.Scenarios.Options;

/// <summary>How the stream travels.</summary>
public enum Transport
{
    /// <summary>The source connects to a listener (<c>tcp:</c>, <c>unix:</c>).</summary>
    Socket,

    /// <summary>One connection made beforehand (<c>fd:</c>).</summary>
    Descriptor,

    /// <summary>A file that the source has written before the destination starts (<c>file:</c>).</summary>
    File,
}

/// <summary>Transport, capabilities and parameters, equal on both sides, and the order of connections.</summary>
public sealed record MigrationOptions
{
    /// <summary>How the stream travels.</summary>
    public Transport Transport { get; init; }

    /// <summary>Capability <c>return-path</c>.</summary>
    public bool ReturnPath { get; init; }

    /// <summary>Capability <c>switchover-ack</c>; needs the return path.</summary>
    public bool SwitchoverAck { get; init; }

    /// <summary>Capability <c>validate-uuid</c>.</summary>
    public bool ValidateUuid { get; init; }

    /// <summary>Capability <c>x-ignore-shared</c>.</summary>
    public bool IgnoreShared { get; init; }

    /// <summary>Capability <c>xbzrle</c>; not with multifd or mapped-ram.</summary>
    public bool Xbzrle { get; init; }

    /// <summary>Capability <c>multifd</c>; its packets need a listener, its readers mapped-ram.</summary>
    public bool Multifd { get; init; }

    /// <summary>Capability <c>mapped-ram</c>; needs a file.</summary>
    public bool MappedRam { get; init; }

    /// <summary>Where in its file a mapped-ram migration begins, in bytes (<c>file:PATH,offset=N</c>).</summary>
    public long FileOffset { get; init; }

    /// <summary>Capability <c>events</c> at the destination.</summary>
    public bool Events { get; init; }

    /// <summary>Parameter <c>max-bandwidth</c> of the source in bytes per second; 0 for no limit.</summary>
    public long MaxBandwidth { get; init; }

    /// <summary>Parameter <c>downtime-limit</c> of the source in milliseconds.</summary>
    public int DowntimeLimit { get; init; }

    /// <summary>Parameter <c>xbzrle-cache-size</c> in pages, a power of two; at least 1 with xbzrle.</summary>
    public int XbzrleCachePages { get; init; }

    /// <summary>Parameter <c>multifd-channels</c>, 1 to 255 with multifd.</summary>
    public int MultifdChannels { get; init; }

    /// <summary>Whether the main channel connects behind the multifd channels and not before them.</summary>
    public bool MainConnectsLast { get; init; }

    /// <summary>Whether all connections are made in an order that is drawn.</summary>
    public bool ConnectsInAnyOrder { get; init; }

    /// <summary>Whether each connection has a link of its own: some are slower than the scenario's, or farther, and some nearer.</summary>
    public bool HasUnequalLinks { get; init; }

    /// <summary>Parameter <c>multifd-compression</c>.</summary>
    public MultifdCompression MultifdCompression { get; init; }

    /// <summary>Parameter <c>zero-page-detection</c>.</summary>
    public ZeroPageDetection ZeroPageDetection { get; init; }

    /// <summary>Capability <c>postcopy-ram</c>; absent for off. It needs a listener, and goes with neither x-ignore-shared nor mapped-ram.</summary>
    public PostcopyOptions? Postcopy { get; init; }
}
