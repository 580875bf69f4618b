using System.Buffers.Binary;
using System.Text;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Incoming.Streams;

/// <summary>One record of a stream, for people.</summary>
/// <param name="Offset">Absolute offset of its first byte.</param>
/// <param name="Section">The section's idstr, or "" outside sections.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Block">Its RAM block, or "".</param>
/// <param name="Page">Byte offset of its page in the block; null without one.</param>
/// <param name="Extra">More, or "".</param>
internal readonly record struct StreamRecord(long Offset, string Section, string Kind, string Block, ulong? Page, string Extra);

/// <summary>
/// Reads a stream record by record without loading it. It checks what it needs to find its way, and no more, so that damaged streams
/// show as far as they can be followed. Device state is not decoded: its end is where its footer stands.
/// </summary>
internal sealed class StreamDumper : IDisposable
{
    private readonly QemuFileReader _reader;
    private readonly MachineProfile _machine;
    private readonly Action<StreamRecord> _tell;
    private readonly SortedDictionary<uint, (string Name, uint Version)> _sections = [];
    private bool _ignoreShared;
    private bool _mappedRam;
    private string _section = "";
    private string _block = "";

    /// <summary>Makes a dumper.</summary>
    /// <param name="channel">The stream.</param>
    /// <param name="machine">What is known of its machine: page size, footers, and device layouts where there are no footers.</param>
    /// <param name="tell">Takes each record.</param>
    public StreamDumper(MigrationChannel channel, MachineProfile machine, Action<StreamRecord> tell)
    {
        _reader = new(channel);
        _machine = machine;
        _tell = tell;
    }

    private ReadOnlySpan<byte> Left => _reader.Window;

    /// <summary>Reads the whole stream.</summary>
    /// <exception cref="FormatException">It cannot be followed any further; the message says where and why.</exception>
    public void Dump()
    {
        Need(FileHeader.SizeBytes, "the header");
        if (U32(0) != FileHeader.Magic)
            throw Bad($"0x{U32(0):x8} in place of the magic QEVM");
        Tell("HEADER", $"version {U32(4)}");
        _reader.Advance(FileHeader.SizeBytes);
        while (DumpSection())
        {
            // Until the top-level EOF.
        }
        DumpTail();
    }

    /// <inheritdoc/>
    public void Dispose() => _reader.Dispose();

    private bool DumpSection()
    {
        _section = "";
        Need(1, "the sections");
        SectionType type = (SectionType)Left[0];
        switch (type)
        {
            case SectionType.Eof:
                Tell("EOF");
                _reader.Advance(1);
                return false;
            case SectionType.Configuration:
                DumpConfiguration();
                return true;
            case SectionType.Command:
                DumpCommand();
                return true;
            case SectionType.Start or SectionType.Full or SectionType.Part or SectionType.End:
                DumpBody(type);
                return true;
            default:
                throw Bad($"the unknown section type {(int)type}");
        }
    }

    private void DumpConfiguration()
    {
        Need(5, "the configuration");
        int length = (int)Math.Min(U32(1), Limits.MachineNameBytes);
        Need(5 + length, "the machine name");
        _section = "configuration";
        Tell("CONFIGURATION", "machine " + Text(5, length));
        _reader.Advance(5 + length);
        while (Fill(2) && Left[0] == (byte)SectionType.Subsection)
        {
            int nameLength = Left[1];
            Need(2 + nameLength + 4, "a subsection");
            string name = Text(2, nameLength);
            long offset = _reader.OffsetBytes;
            _reader.Advance(2 + nameLength + 4);
            _tell(new(offset, _section, "SUBSECTION", "", null, $"{name} {ReadSubsection(name)}"));
        }
    }

    private string ReadSubsection(string name)
    {
        if (name == "configuration/uuid")
        {
            Need(16, name);
            Guid uuid = new(Left[..16], bigEndian: true);
            _reader.Advance(16);
            return uuid.ToString();
        }
        Need(4, name);
        uint value = U32(0);
        _reader.Advance(4);
        if (name == "configuration/target-page-bits")
            return $"{value}";
        if (name != "configuration/capabilities")
            throw Bad($"the unknown subsection '{name}'");
        List<string> names = [];
        for (uint i = 0; i < value; i++)
        {
            Need(1, "a capability");
            Need(1 + Left[0], "a capability");
            names.Add(Text(1, Left[0]));
            _reader.Advance(1 + Left[0]);
        }
        _ignoreShared |= names.Contains("x-ignore-shared");
        _mappedRam |= names.Contains("mapped-ram");
        return string.Join(' ', names);
    }

    // A package is a stream within the stream; its sections simply follow.
    private void DumpCommand()
    {
        Need(5, "a command");
        CommandType command = (CommandType)BinaryPrimitives.ReadUInt16BigEndian(Left[1..]);
        int length = BinaryPrimitives.ReadUInt16BigEndian(Left[3..]);
        Need(5 + length, "a command");
        Tell("COMMAND", length == 0 ? $"{command}" : $"{command} {Convert.ToHexStringLower(Left.Slice(5, Math.Min(length, 64)))}");
        _reader.Advance(5 + length);
    }

    private void DumpBody(SectionType type)
    {
        long offset = _reader.OffsetBytes;
        Need(5, "a section's header");
        uint id = U32(1);
        if (type is SectionType.Start or SectionType.Full)
        {
            Need(6, "a section's header");
            int length = Left[5];
            Need(14 + length, "a section's header");
            _section = Text(6, length);
            uint version = U32(10 + length);
            _sections[id] = (_section, version);
            _tell(new(offset, _section, Name(type), "", null, $"id {id} instance {U32(6 + length)} version {version}"));
            _reader.Advance(14 + length);
        }
        else
        {
            if (!_sections.TryGetValue(id, out var section))
                throw Bad($"section id {id}, which no section has been given");
            _section = section.Name;
            Tell(Name(type), $"id {id}");
            _reader.Advance(5);
        }
        if (_section == "ram")
            DumpRam();
        else
            SkipDeviceState(id);
        if (_machine.SendSectionFooter)
            DumpFooter(id);
    }

    private static string Name(SectionType type) => type switch
    {
        SectionType.Start => "START",
        SectionType.Full => "FULL",
        SectionType.Part => "PART",
        _ => "END",
    };

    private void DumpFooter(uint id)
    {
        Need(5, "a footer");
        if (Left[0] != (byte)SectionType.Footer || U32(1) != id)
            throw Bad($"{Convert.ToHexStringLower(Left[..5])} in place of the footer of section {id}");
        _reader.Advance(5);
    }

    private void SkipDeviceState(uint id)
    {
        long start = _reader.OffsetBytes;
        if (!_machine.SendSectionFooter)
        {
            if (_section == "globalstate")
                Skip(104);
            else
                Skip(SizeOf(_machine.Devices.FirstOrDefault(d => d.Name == _section)?.State ?? throw Bad("a section of unknown length")));
        }
        else
        {
            while (true)
            {
                Need(5, "device state");
                int next = Left.IndexOf((byte)SectionType.Footer);
                if (next == 0 && U32(1) == id)
                    break;
                Skip(next < 0 ? Left.Length : Math.Max(next, 1));
            }
        }
        _tell(new(start, _section, "STATE", "", null, $"{_reader.OffsetBytes - start} bytes"));
    }

    private static long SizeOf(VmStateDescription state) =>
        state.Fields.Sum(f => f.Count * (f.Struct is null ? f.SizeBytes : SizeOf(f.Struct)));

    private void DumpRam()
    {
        ulong mask = (ulong)_machine.PageSizeBytes - 1;
        while (true)
        {
            Need(RamFlags.HeaderBytes, "a RAM record");
            long offset = _reader.OffsetBytes;
            ulong header = BinaryPrimitives.ReadUInt64BigEndian(Left);
            uint flags = (uint)(header & mask);
            uint kind = flags & ~RamFlags.Continue;
            int body = RamFlags.HeaderBytes;
            if (kind is RamFlags.Zero or RamFlags.Page or RamFlags.Xbzrle)
            {
                if ((flags & RamFlags.Continue) == 0)
                    body += ReadBlockName();
                DumpPage(offset, kind, header & ~mask, body);
                continue;
            }
            _reader.Advance(body);
            switch (kind)
            {
                case RamFlags.Eos:
                    _tell(new(offset, _section, "EOS", "", null, ""));
                    return;
                case RamFlags.MemSize:
                    DumpBlockList(offset, header & ~mask);
                    break;
                case RamFlags.MultifdFlush:
                    _tell(new(offset, _section, "MULTIFD_FLUSH", "", null, ""));
                    break;
                case RamFlags.Hook:
                    _tell(new(offset, _section, "HOOK", "", null, ""));
                    break;
                default:
                    throw Bad($"a RAM record with flags 0x{flags:x}", offset);
            }
        }
    }

    private int ReadBlockName()
    {
        Need(RamFlags.HeaderBytes + 1, "a block's name");
        int length = Left[RamFlags.HeaderBytes];
        Need(RamFlags.HeaderBytes + 1 + length, "a block's name");
        ReadOnlySpan<byte> name = Left.Slice(RamFlags.HeaderBytes + 1, length);
        if (!Encoding.UTF8.GetBytes(_block).AsSpan().SequenceEqual(name))
            _block = Encoding.UTF8.GetString(name);
        return 1 + length;
    }

    private void DumpPage(long offset, uint kind, ulong page, int body)
    {
        switch (kind)
        {
            case RamFlags.Zero:
                Need(body + 1, "a zero page");
                _tell(new(offset, _section, "ZERO", _block, page, Left[body] == 0 ? "" : $"fill {Left[body]}"));
                _reader.Advance(body + 1);
                break;
            case RamFlags.Page:
                Need(body + _machine.PageSizeBytes, "a page");
                _tell(new(offset, _section, "PAGE", _block, page, ""));
                _reader.Advance(body + _machine.PageSizeBytes);
                break;
            default:
                Need(body + 3, "an XBZRLE page");
                int length = BinaryPrimitives.ReadUInt16BigEndian(Left[(body + 1)..]);
                Need(body + 3 + length, "an XBZRLE page");
                _tell(new(offset, _section, "XBZRLE", _block, page, $"{length} bytes"));
                _reader.Advance(body + 3 + length);
                break;
        }
    }

    private void DumpBlockList(long offset, ulong total)
    {
        _tell(new(offset, _section, "MEM_SIZE", "", null, $"{total} bytes"));
        for (ulong left = total; left > 0;)
        {
            Need(1, "the block list");
            int nameLength = Left[0];
            int size = 1 + nameLength + (_ignoreShared ? 16 : 8);
            Need(size, "the block list");
            ulong length = BinaryPrimitives.ReadUInt64BigEndian(Left[(1 + nameLength)..]);
            string address = _ignoreShared ? $" at 0x{BinaryPrimitives.ReadUInt64BigEndian(Left[(9 + nameLength)..]):x}" : "";
            _tell(new(_reader.OffsetBytes, _section, "BLOCK", Text(1, nameLength), null, $"{length} bytes{address}"));
            if (length > left)
                throw Bad("blocks that sum to more than the total");
            left -= length;
            _reader.Advance(size);
            if (_mappedRam)
                SkipMappedPages(length);
        }
    }

    // The block's bitmap and pages stand in the middle of the list (stream reference, section 5).
    private void SkipMappedPages(ulong length)
    {
        Need(28, "a mapped-ram header");
        ulong bitmap = BinaryPrimitives.ReadUInt64BigEndian(Left[12..]);
        ulong pages = BinaryPrimitives.ReadUInt64BigEndian(Left[20..]);
        Tell("MAPPED_RAM", $"bitmap at 0x{bitmap:x}, pages at 0x{pages:x}");
        Int128 skip = (Int128)pages + length - _reader.OffsetBytes;
        if (skip < 0 || skip > long.MaxValue)
            throw Bad("pages outside the file");
        Skip((long)skip);
    }

    private void DumpTail()
    {
        if (Fill(5) && Left[0] == (byte)SectionType.VmDescription)
        {
            Tell("VMDESCRIPTION", $"{U32(1)} bytes");
            long length = U32(1);
            _reader.Advance(5);
            Skip(length);
        }
        if (Fill(1))
            Tell("TRAILING", "bytes that are no part of the stream");
    }

    private void Tell(string kind, string extra = "") => _tell(new(_reader.OffsetBytes, _section, kind, "", null, extra));

    // The channels used here complete every read before they return.
    private bool Fill(int count) => _reader.FillAsync(count).AsTask().GetAwaiter().GetResult();

    private void Need(int count, string what)
    {
        if (Left.Length < count && !Fill(count))
            throw Bad(_reader.Failure is { } failure ? $"{what} cannot be read: {failure}" : $"the stream ends inside {what}");
    }

    private void Skip(long count)
    {
        if (!_reader.SkipAsync(count).AsTask().GetAwaiter().GetResult())
            throw Bad($"the stream ends inside {count} bytes");
    }

    private uint U32(int at) => BinaryPrimitives.ReadUInt32BigEndian(Left[at..]);

    private string Text(int at, int length) => Encoding.UTF8.GetString(Left.Slice(at, length));

    private FormatException Bad(string what, long? offset = null) =>
        new($"at offset {offset ?? _reader.OffsetBytes} (0x{offset ?? _reader.OffsetBytes:x}): {what}");
}
