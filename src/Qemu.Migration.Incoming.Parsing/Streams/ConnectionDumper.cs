using System.Buffers.Binary;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Incoming.Channels;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Incoming.Streams;

/// <summary>Reads a connection record by record, whichever it is: the first bytes say it.</summary>
internal static class ConnectionDumper
{
    /// <summary>Reads a main stream, a multifd channel or a return path.</summary>
    /// <param name="channel">The connection.</param>
    /// <param name="machine">What is known of its machine.</param>
    /// <param name="tell">Takes each record.</param>
    /// <exception cref="FormatException">It cannot be followed any further; the message says where and why.</exception>
    public static void Dump(MigrationChannel channel, MachineProfile machine, Action<StreamRecord> tell)
    {
        if (Begins(channel, MultifdPacket.Magic))
        {
            using MultifdDumper packets = new(channel, machine.PageSizeBytes, tell);
            packets.Dump();
        }
        else if (channel is StoredChannel answers
            && ReturnPathMessage.TryRead(answers.View(0, ReturnPathMessage.LongestBytes).Span, out _, out _) == DecodeStatus.Done)
        {
            using ReturnPathDumper messages = new(channel, tell);
            messages.Dump();
        }
        else
        {
            using StreamDumper sections = new(channel, machine, tell);
            sections.Dump();
        }
    }

    /// <summary>Whether a connection begins with a magic.</summary>
    /// <param name="channel">The connection.</param>
    /// <param name="magic">The magic.</param>
    public static bool Begins(MigrationChannel channel, uint magic) =>
        channel is StoredChannel stream
        && BinaryPrimitives.TryReadUInt32BigEndian(stream.View(0, sizeof(uint)).Span, out uint first) && first == magic;
}
