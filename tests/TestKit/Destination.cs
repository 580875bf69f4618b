using System.Security.Cryptography;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Destination.Memory;
using Qemu.Migration.Destination.Session;
using Qemu.Migration.Destination.Statistics;

namespace TestKit;

/// <summary>A destination with one channel, from the machine to the verdict.</summary>
public sealed class Destination : IDisposable
{
    public Destination(
        MachineProfile machine, MigrationCapabilities? capabilities = null, byte? poison = null, bool autostart = true,
        MigrationParameters? parameters = null, bool writtenThrough = false, SessionLimits? limits = null)
    {
        machine.Validate();
        Machine = machine;
        Environment = new(poison, writtenThrough);
        Memory = new(Environment, machine);
        Guest = new(autostart, Environment.Trace);
        Migration = new(Environment, machine, Memory, Guest, capabilities ?? new(), parameters ?? new(), limits);
    }

    public MachineProfile Machine { get; }

    public TestEnvironment Environment { get; }

    public GuestMemory Memory { get; }

    public VirtualMachine Guest { get; }

    public IncomingMigration Migration { get; }

    public MigrationStatus Status => Migration.State.Status;

    public MigrationStatistics Statistics => Migration.State.Snapshot().Statistics;

    public async Task<Destination> LoadAsync(ArrayChannel channel)
    {
        Migration.TryBegin();
        await Migration.AttachAsync(channel);
        return this;
    }

    public Task<Destination> LoadAsync(byte[] stream, Delivery delivery = Delivery.Lent) =>
        LoadAsync(new ArrayChannel(stream, delivery));

    /// <summary>Attaches several connections, each in a task of its own, in this order.</summary>
    public async Task<Destination> LoadAsync(params ArrayChannel[] channels)
    {
        Migration.TryBegin();
        await Task.WhenAll([.. channels.Select(c => Task.Run(() => Migration.AttachAsync(c)))]);
        return this;
    }

    public byte[] Ram(string block = "ram")
    {
        RamBlock found = Memory.Blocks.Single(b => b.Name == block);
        return GuestMemory.Read(found, 0, checked((int)found.UsedLengthBytes)).ToArray();
    }

    public string Sha256(string block) => Convert.ToHexStringLower(SHA256.HashData(Ram(block)));

    /// <summary>Puts content into memory that others share, as the source's process would.</summary>
    public unsafe void Share(string block, ReadOnlySpan<byte> content)
    {
        RamBlock found = Memory.Blocks.Single(b => b.Name == block);
        content.CopyTo(new Span<byte>(Environment.Mapped[block].Address, checked((int)found.UsedLengthBytes)));
    }

    public void Dispose() => Memory.Dispose();
}
