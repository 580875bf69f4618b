using Simulation.Source.Multifd;
using Simulation.Source.Postcopy;

namespace Simulation.Source.Precopy;

/// <summary>Capabilities and parameters of a migration, as QMP names them; the defaults are QEMU's.</summary>
public sealed record SourceOptions
{
    /// <summary><c>return-path</c>.</summary>
    public bool ReturnPath { get; init; }

    /// <summary><c>switchover-ack</c>: the guest is stopped only when the destination has allowed it. Needs the return path.</summary>
    public bool SwitchoverAck { get; init; }

    /// <summary><c>validate-uuid</c>.</summary>
    public bool ValidateUuid { get; init; }

    /// <summary><c>x-ignore-shared</c>.</summary>
    public bool IgnoreShared { get; init; }

    /// <summary><c>xbzrle</c>. Not together with multifd.</summary>
    public bool Xbzrle { get; init; }

    /// <summary><c>multifd</c>.</summary>
    public bool Multifd { get; init; }

    /// <summary><c>mapped-ram</c>: into a file, without return path.</summary>
    public bool MappedRam { get; init; }

    /// <summary><c>file:PATH,offset=N</c> of a mapped-ram file: where in the file the migration begins, in bytes.</summary>
    public long FileOffset { get; init; }

    /// <summary><c>postcopy-ram</c>: the guest may go to the destination before its pages. Opens the return path.</summary>
    public bool PostcopyRam { get; init; }

    /// <summary><c>postcopy-preempt</c>: pages that were asked for have a channel of their own. Needs <c>postcopy-ram</c>.</summary>
    public bool PostcopyPreempt { get; init; }

    /// <summary><c>x-preempt-pre-7-2</c>: the preempt channel is connected at the start, and ends with EOS.</summary>
    public bool PreemptPre72 { get; init; }

    /// <summary><c>dirty-bitmaps</c>: announced, though the machine has no disk whose bitmap could follow.</summary>
    public bool DirtyBitmaps { get; init; }

    /// <summary>When postcopy starts by itself (a manager's <c>migrate-start-postcopy</c>); never by default.</summary>
    public PostcopyStart PostcopyStart { get; init; }

    /// <summary>Whose postcopy it is.</summary>
    public PostcopyRelease PostcopyRelease { get; init; }

    /// <summary><c>max-postcopy-bandwidth</c> in bytes per second; 0 for no limit.</summary>
    public long MaxPostcopyBandwidth { get; init; }

    /// <summary><c>max-bandwidth</c> in bytes per second; 0 for no limit.</summary>
    public long MaxBandwidth { get; init; } = 128 << 20;

    /// <summary><c>downtime-limit</c> in milliseconds.</summary>
    public int DowntimeLimit { get; init; } = 300;

    /// <summary><c>xbzrle-cache-size</c> in bytes, a power of two and at least a page.</summary>
    public long XbzrleCacheSize { get; init; } = 64 << 20;

    /// <summary><c>zero-page-detection</c>.</summary>
    public ZeroPageDetection ZeroPageDetection { get; init; } = ZeroPageDetection.Multifd;

    /// <summary><c>multifd-channels</c>, 1 to 255.</summary>
    public int MultifdChannels { get; init; } = 2;

    /// <summary><c>multifd-compression</c>.</summary>
    public MultifdCompression MultifdCompression { get; init; }

    /// <summary>The capabilities that CONFIGURATION names, in QEMU's order (stream reference, section 1.4).</summary>
    public IReadOnlyList<string> ValidatedCapabilities => (IgnoreShared, MappedRam) switch
    {
        (false, false) => [],
        (true, false) => ["x-ignore-shared"],
        (false, true) => ["mapped-ram"],
        _ => ["x-ignore-shared", "mapped-ram"],
    };

    /// <summary>Whether the destination may answer: asked for, or needed.</summary>
    public bool OpensReturnPath => ReturnPath || PostcopyRam;

    /// <summary>Whether pages are packed into multifd packets: with mapped-ram they go into the file instead.</summary>
    public bool SendsPackets => Multifd && !MappedRam;

    /// <summary>Checks that a real source would take the options.</summary>
    /// <exception cref="ArgumentException">It would not; the message says why.</exception>
    public void Validate()
    {
        Require(!SwitchoverAck || OpensReturnPath, "switchover-ack needs return-path");
        Require(!(Xbzrle && Multifd), "xbzrle is not compatible with multifd");
        Require(!(MappedRam && (ReturnPath || Xbzrle)), "mapped-ram is not compatible with return-path or xbzrle");
        Require(!MappedRam || MultifdCompression == MultifdCompression.None, "mapped-ram is not compatible with compression");
        Require(!PostcopyPreempt || PostcopyRam, "postcopy-preempt needs postcopy-ram");
        Require(!PostcopyRam || !(IgnoreShared || MappedRam), "postcopy-ram is not compatible with x-ignore-shared or mapped-ram");
        Require(!(PostcopyRam && Multifd) || PostcopyRelease == PostcopyRelease.Qemu11, "postcopy-ram with multifd needs QEMU 11");
        Require(!(PostcopyPreempt && Multifd), "postcopy-preempt is not compatible with multifd");
        Require(MultifdChannels is >= 1 and <= 255, "multifd-channels is out of range");
        Require(XbzrleCacheSize >= 4096 && long.IsPow2(XbzrleCacheSize), "xbzrle-cache-size is not a power of two");
        Require(MaxBandwidth >= 0 && MaxPostcopyBandwidth >= 0 && DowntimeLimit >= 0, "bandwidths and downtime-limit are not negative");
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
            throw new ArgumentException(message);
    }
}
