using Qemu.Migration.Wire;

namespace Qemu.Migration.Destination.Postcopy;

/// <summary>Postcopy of one migration: how far it is, and what its commands make the session do. Used by the task that reads the main
/// stream.</summary>
internal sealed class PostcopyIncoming(PageFaults faults)
{
    private volatile PostcopyState _state;

    /// <summary>How far it is. Any task may look.</summary>
    public PostcopyState State
    {
        get => _state;
        set => _state = value;
    }

    /// <summary>The guest's missing pages.</summary>
    public PageFaults Faults => faults;

    /// <summary>Whether pages of RAM may come in postcopy; false where ADVISE was empty: then only bitmaps of disks may.</summary>
    public bool IsOfRam { get; set; }

    /// <summary>Whether a source is connected again, and has not said RESUME.</summary>
    public bool IsRecovering { get; set; }

    /// <summary>Carried out at RUN, before the guest starts.</summary>
    public Func<ValueTask<StreamError?>> BeforeRun { get; set; } = () => default;

    /// <summary>PACKAGED: before it is read the channel for urgent pages must be there, where there is one.</summary>
    public required Func<ValueTask<StreamError?>> OnPackage { get; init; }

    /// <summary>LISTEN: pages may be missing from now on.</summary>
    public required Action OnListen { get; init; }

    /// <summary>RUN: the guest starts here. False where the host has ended the migration meanwhile.</summary>
    public required Func<ValueTask<bool>> OnRun { get; init; }

    /// <summary>RESUME: the source goes on sending pages, and can be asked for them again.</summary>
    public required Func<ValueTask> OnResume { get; init; }
}
