using System.Buffers.Binary;
using System.Text;
using Qemu.Migration.Wire;

namespace TestKit;

/// <summary>Writes migration streams, good and bad, one structure at a time. Nothing is checked: that is the point.</summary>
public sealed class StreamBuilder
{
    private readonly MemoryStream _bytes = new();

    public long Length => _bytes.Length;

    public byte[] ToArray() => _bytes.ToArray();

    public StreamBuilder U8(int value) => Raw((byte)value);

    public StreamBuilder U16(int value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)value);
        return Raw(bytes);
    }

    public StreamBuilder U32(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return Raw(bytes);
    }

    public StreamBuilder U64(ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        return Raw(bytes);
    }

    public StreamBuilder Raw(params ReadOnlySpan<byte> bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    public StreamBuilder Str8(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return U8(bytes.Length).Raw(bytes);
    }

    public StreamBuilder Header(uint magic = FileHeader.Magic, uint version = FileHeader.Version) => U32(magic).U32(version);

    public StreamBuilder Configuration(string machine = "none") =>
        U8(7).U32((uint)Encoding.UTF8.GetByteCount(machine)).Raw(Encoding.UTF8.GetBytes(machine));

    public StreamBuilder Subsection(string name, uint version = 1) => U8(5).Str8(name).U32(version);

    public StreamBuilder Section(int type, uint id, string name, uint instance, uint version) =>
        U8(type).U32(id).Str8(name).U32(instance).U32(version);

    public StreamBuilder Part(int type, uint id) => U8(type).U32(id);

    public StreamBuilder Footer(uint id) => U8(0x7e).U32(id);

    public StreamBuilder RamStart(uint id = 1) => Section(1, id, "ram", 0, 4);

    /// <summary>The block list.</summary>
    public StreamBuilder MemSize(params ReadOnlySpan<(string Name, long Length)> blocks)
    {
        ulong total = 0;
        foreach (var block in blocks)
            total += (ulong)block.Length;
        U64(total | RamFlags.MemSize);
        foreach (var block in blocks)
            Str8(block.Name).U64((ulong)block.Length);
        return this;
    }

    public StreamBuilder Record(ulong offset, uint flags, string? block = null)
    {
        U64(offset | flags | (block is null ? RamFlags.Continue : 0));
        return block is null ? this : Str8(block);
    }

    public StreamBuilder Zero(ulong offset, string? block = null, int fill = 0) =>
        Record(offset, RamFlags.Zero, block).U8(fill);

    public StreamBuilder Page(ulong offset, ReadOnlySpan<byte> content, string? block = null) =>
        Record(offset, RamFlags.Page, block).Raw(content);

    public StreamBuilder Delta(ulong offset, ReadOnlySpan<byte> delta, string? block = null, int encoding = 1, int? length = null) =>
        Record(offset, RamFlags.Xbzrle, block).U8(encoding).U16(length ?? delta.Length).Raw(delta);

    public StreamBuilder Eos() => U64(RamFlags.Eos);

    public StreamBuilder Command(int command, params ReadOnlySpan<byte> payload) =>
        U8(8).U16(command).U16(payload.Length).Raw(payload);

    public StreamBuilder Timer(uint id = 0, uint version = 2)
    {
        Section(4, id, "timer", 0, version).U64(1).U64(0);
        return (version >= 2 ? U64(2) : this).Footer(id);
    }

    public StreamBuilder GlobalState(string state, uint id = 3, string? subsection = null)
    {
        byte[] body = new byte[104];
        BinaryPrimitives.WriteUInt32BigEndian(body, (uint)state.Length + 1);
        Encoding.ASCII.GetBytes(state).CopyTo(body, 4);
        body[36] = 1;
        Section(4, id, "globalstate", 0, 1).Raw(body);
        return (subsection is null ? this : Subsection(subsection)).Footer(id);
    }

    public StreamBuilder End() => U8(0);

    public StreamBuilder VmDescription(string json = "{}") => U8(6).U32((uint)json.Length).Raw(Encoding.UTF8.GetBytes(json));
}
