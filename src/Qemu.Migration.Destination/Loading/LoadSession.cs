using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Destination.Memory;
using Qemu.Migration.Destination.Multifd;
using Qemu.Migration.Destination.Postcopy;
using Qemu.Migration.Destination.ReturnPath;

namespace Qemu.Migration.Destination.Loading;

/// <summary>What the readers of one migration's main stream share, and what outlives a connection: to which sections the ids are bound,
/// where the source is answered, how far postcopy is.</summary>
internal sealed class LoadSession(
    DestinationEnvironment environment, MachineProfile machine, GuestMemory memory, MigrationCapabilities capabilities,
    MigrationIncomingState state, PostcopyIncoming postcopy)
{
    private SectionEntry[]? _entries;

    public DestinationEnvironment Environment => environment;

    public MachineProfile Machine => machine;

    public GuestMemory Memory => memory;

    public MigrationCapabilities Capabilities => capabilities;

    public MigrationIncomingState State => state;

    public PostcopyIncoming Postcopy => postcopy;

    public SwitchoverAck SwitchoverAck { get; } = new(capabilities["switchover-ack"], machine.WaitsForSwitchoverAck);

    /// <summary>The sections. Most streams that are refused are refused before their first one.</summary>
    public SectionEntry[] Entries => _entries ??= SectionEntry.For(machine);

    /// <summary>The run state the guest came with; running when the stream does not say.</summary>
    public RunState MigratedRunState { get; set; } = RunState.Running;

    /// <summary>Whether the guest sleeps, as it comes or once it goes on.</summary>
    public bool MigratedGuestSleeps { get; set; }

    /// <summary>The multifd channels beside main; null where there are none.</summary>
    public MultifdSession? Multifd { get; set; }

    /// <summary>The return path, once the source has opened it; a recovery has one from its beginning.</summary>
    public ReturnPathWriter? ReturnPath { get; set; }

    /// <summary>last_recv_block of the main channel, when precopy has ended: postcopy goes on from there.</summary>
    public RamBlock? LastBlock { get; set; }
}
