using System.Buffers.Binary;
using System.Text;
using Qemu.Migration.Wire;
using Simulation.Source.Guest;
using Simulation.Source.Savevm;

namespace Simulation.Source.Deviations;

/// <summary>A structure that has just been written, open to change before it goes to its channel.</summary>
public sealed class StructureEditor
{
    private readonly StreamBuffer _buffer;
    private readonly int _start;

    internal StructureEditor(StreamBuffer buffer, int start, SourceMachine machine, IReadOnlyList<GuestBlock> blocks)
    {
        _buffer = buffer;
        _start = start;
        Machine = machine;
        Blocks = blocks;
    }

    /// <summary>The blocks of the guest's RAM.</summary>
    public IReadOnlyList<GuestBlock> Blocks { get; }

    /// <summary>The machine whose stream it is.</summary>
    public SourceMachine Machine { get; }

    /// <summary>Whether the guest was handed over before it was written.</summary>
    public bool IsInPostcopy { get; init; }

    /// <summary>The structure.</summary>
    public ReadOnlySpan<byte> Bytes => _buffer.Written[_start..];

    /// <summary>Puts something else in its place.</summary>
    /// <param name="content">Any bytes; none removes it.</param>
    public void Replace(ReadOnlySpan<byte> content) => _buffer.Replace(_start, Bytes.Length, content);

    /// <summary>Overwrites a byte.</summary>
    /// <param name="offset">Where in the structure.</param>
    /// <param name="value">The byte.</param>
    public void Patch(int offset, byte value) => _buffer.Replace(_start + offset, 1, [value]);

    /// <summary>Overwrites a u32.</summary>
    /// <param name="offset">Where in the structure.</param>
    /// <param name="value">The value.</param>
    public void PatchUInt32(int offset, uint value) => _buffer.Replace(_start + offset, 4, BigEndian(value));

    /// <summary>Overwrites a u64.</summary>
    /// <param name="offset">Where in the structure.</param>
    /// <param name="value">The value.</param>
    public void PatchUInt64(int offset, ulong value) => _buffer.Replace(_start + offset, 8, BigEndian(value));

    /// <summary>Puts something before it.</summary>
    /// <param name="content">Any bytes.</param>
    public void InsertBefore(ReadOnlySpan<byte> content) => _buffer.Replace(_start, 0, content);

    /// <summary>Puts something behind it.</summary>
    /// <param name="content">Any bytes.</param>
    public void Append(ReadOnlySpan<byte> content) => _buffer.Replace(_start + Bytes.Length, 0, content);

    /// <summary>Puts a subsection behind it (stream reference, section 1.7).</summary>
    /// <param name="name">The subsection's name.</param>
    /// <param name="version">Its version.</param>
    /// <param name="body">Its fields.</param>
    public void AppendSubsection(string name, uint version, ReadOnlySpan<byte> body) =>
        Append([5, .. String8(name), .. BigEndian(version), .. body]);

    /// <summary>Puts a command behind it (section 6.1).</summary>
    /// <param name="command">The command's number.</param>
    /// <param name="payload">Its payload.</param>
    public void AppendCommand(int command, params ReadOnlySpan<byte> payload) =>
        Append([(byte)SectionType.Command, 0, (byte)command, 0, (byte)payload.Length, .. payload]);

    /// <summary>A section of the machine's <c>ram</c> without records.</summary>
    /// <param name="type">PART or END.</param>
    /// <param name="id">Its id.</param>
    /// <returns>The section's bytes.</returns>
    public byte[] EmptySection(SectionType type, uint id) => RamSection(type, id);

    /// <summary>A section of the machine's <c>ram</c>.</summary>
    /// <param name="type">PART or END.</param>
    /// <param name="id">Its id.</param>
    /// <param name="records">Its records, without EOS.</param>
    /// <returns>The section's bytes.</returns>
    public byte[] RamSection(SectionType type, uint id, params ReadOnlySpan<byte> records) =>
        [(byte)type, .. BigEndian(id), .. records, .. BigEndian((ulong)RamFlags.Eos), .. Footer(id)];

    /// <summary>A FULL section without fields.</summary>
    /// <param name="name">Its idstr.</param>
    /// <param name="instance">Its instance.</param>
    /// <returns>The section's bytes.</returns>
    public byte[] DeviceSection(string name, uint instance) =>
        [(byte)SectionType.Full, .. BigEndian(900u), .. String8(name), .. BigEndian(instance), .. BigEndian(1u), .. Footer(900)];

    /// <summary>Puts a record for the same page behind this page's record.</summary>
    /// <param name="flags">Its flags, without CONTINUE.</param>
    /// <param name="body">Its body.</param>
    public void AppendRecord(uint flags, params ReadOnlySpan<byte> body) =>
        Append([.. BigEndian(PageOffset | flags | RamFlags.Continue), .. body]);

    /// <summary>Puts an XBZRLE record for the same page behind this page's record (section 3.1).</summary>
    /// <param name="encoding">Its first byte, 1 in a good record.</param>
    /// <param name="delta">The delta.</param>
    public void AppendDelta(byte encoding, params ReadOnlySpan<byte> delta) =>
        AppendRecord(RamFlags.Xbzrle, [encoding, (byte)(delta.Length >> 8), unchecked((byte)delta.Length), .. delta]);

    /// <summary>The page's offset in its block, of a page's record.</summary>
    public ulong PageOffset => BinaryPrimitives.ReadUInt64BigEndian(Bytes) & ~(ulong)(Machine.PageBytes - 1);

    /// <summary>The flags of a page's record.</summary>
    public uint PageFlags => (uint)(BinaryPrimitives.ReadUInt64BigEndian(Bytes) & (uint)(Machine.PageBytes - 1));

    /// <summary>Bytes of the block's name with its length, in a page's record; 0 where it says CONTINUE.</summary>
    public int PageNameBytes => (PageFlags & RamFlags.Continue) != 0 ? 0 : 1 + Bytes[RamFlags.HeaderBytes];

    /// <summary>A str8.</summary>
    /// <param name="text">ASCII.</param>
    /// <returns>Its bytes.</returns>
    public static byte[] String8(string text) => [(byte)text.Length, .. Encoding.ASCII.GetBytes(text)];

    /// <summary>A u32, big-endian.</summary>
    /// <param name="value">The value.</param>
    /// <returns>Its bytes.</returns>
    public static byte[] BigEndian(uint value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    /// <summary>A u64, big-endian.</summary>
    /// <param name="value">The value.</param>
    /// <returns>Its bytes.</returns>
    public static byte[] BigEndian(ulong value)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        return bytes;
    }

    private byte[] Footer(uint id) => Machine.SendSectionFooter ? [(byte)SectionType.Footer, .. BigEndian(id)] : [];
}
