using System.Buffers.Binary;
using System.Text;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Incoming.Channels;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Incoming.Streams;

/// <summary>
/// Learns from a stream which machine it comes from: the name from CONFIGURATION, the RAM blocks from the first MEM_SIZE list, the
/// devices from the VMDESCRIPTION at the end (stream reference, sections 1.4, 2.3 and 1.9). It judges nothing: what does not fit is
/// left to the loader, and described up to there.
/// </summary>
internal sealed class StreamDescriber
{
    // More than any machine has; guards against bitmaps for a length that only a damaged stream claims.
    private const long MostRamBytes = 1L << 40;
    private const int HeadBytes = 1 << 20;
    private const int MappedRamHeaderBytes = 28;
    private readonly LendingChannel _stream;
    private readonly MigrationCapabilities _capabilities = new();
    private readonly List<RamBlockDescription> _blocks = [];
    private ReadOnlyMemory<byte> _head;
    private long _headOffset;
    private int _at;
    private string _name = "none";
    private int _pageSize = 4096;
    private bool _configuration;
    private bool _footer = true;
    private Guid? _uuid;

    private StreamDescriber(LendingChannel stream)
    {
        _stream = stream;
        _head = stream.Lend(0, HeadBytes);
    }

    private ReadOnlySpan<byte> Left => _head.Span[_at..];

    private long Offset => _headOffset + _at;

    /// <summary>Describes a stream.</summary>
    /// <param name="stream">The stream.</param>
    /// <returns>The description, complete or not.</returns>
    public static StreamDescription Describe(LendingChannel stream)
    {
        StreamDescriber describer = new(stream);
        string? problem = describer.ReadHead();
        IReadOnlyList<DeviceSection>? devices = describer.ReadDevices(ref problem);
        MachineProfile machine = new()
        {
            Name = describer._name,
            PageSizeBytes = describer._pageSize,
            SendConfiguration = describer._configuration,
            SendSectionFooter = describer._footer,
            MultifdFlushAfterEachSection = IsUpTo(describer._name, new(8, 0)),
            SuppressVmDescription = devices is null,
            Uuid = describer._uuid,
            RamBlocks = describer._blocks,
            Devices = devices ?? [DeviceSection.Timer],
        };
        try
        {
            machine.Validate();
        }
        catch (FormatException error)
        {
            problem ??= error.Message;
            machine = MachineProfile.None();
        }
        return new(machine, describer._capabilities, new(), problem);
    }

    // A versioned machine type ends in its version (pc-i440fx-7.2); some properties of the stream hang on it (section 7.5).
    private static bool IsUpTo(string machine, Version version) =>
        Version.TryParse(machine[(machine.LastIndexOf('-') + 1)..], out Version? own) && own <= version;

    private string? ReadHead()
    {
        try
        {
            if (U32() != FileHeader.Magic || U32() != FileHeader.Version)
                return "it does not begin with the header of a migration stream";
            if (Peek() == (byte)SectionType.Configuration)
                ReadConfiguration();
            return ReadUpToRam();
        }
        catch (EndOfStreamException)
        {
            return "it ends before its RAM blocks are told";
        }
    }

    private void ReadConfiguration()
    {
        _configuration = true;
        _at++;
        _name = Text((int)Math.Min(U32(), Limits.MachineNameBytes));
        while (Peek() == (byte)SectionType.Subsection)
        {
            _at++;
            string name = Text(U8());
            _ = U32();
            switch (name)
            {
                case "configuration/target-page-bits":
                    _pageSize = 1 << (int)Math.Min(U32(), 30);
                    break;
                case "configuration/capabilities":
                    ReadCapabilities();
                    break;
                case "configuration/uuid":
                    _uuid = new(Take(16), bigEndian: true);
                    break;
                default:
                    return;
            }
        }
    }

    private void ReadCapabilities()
    {
        for (uint count = Math.Min(U32(), Limits.CapabilityNames); count > 0; count--)
        {
            string name = Text(U8());
            if (MigrationCapabilities.Names.Contains(name, StringComparer.Ordinal))
                _capabilities.Set(name, true);
        }
    }

    private string? ReadUpToRam()
    {
        while (true)
        {
            switch ((SectionType)U8())
            {
                case SectionType.Eof:
                    return null;
                case SectionType.Command:
                    _ = U16();
                    Take(U16());
                    break;
                case SectionType.Start or SectionType.Full:
                    uint id = U32();
                    string name = Text(U8());
                    _ = U32();
                    _ = U32();
                    return name == "ram" ? ReadBlocks(id) : $"section '{name}' stands before the RAM blocks";
                default:
                    return "its sections do not begin with the RAM blocks";
            }
        }
    }

    private string? ReadBlocks(uint id)
    {
        ulong pageMask = (ulong)_pageSize - 1;
        ulong header = U64();
        if ((header & pageMask) != RamFlags.MemSize)
            return "its RAM does not begin with the list of blocks";
        for (ulong left = header & ~pageMask; left > 0;)
        {
            string name = Text(U8());
            ulong length = U64();
            ulong address = _capabilities.IgnoreShared ? U64() : 0;
            if (length > left || length > MostRamBytes || left > MostRamBytes)
                return $"block '{name}' has 0x{length:x} bytes";
            left -= length;
            _blocks.Add(new() { Name = name, LengthBytes = (long)length, GuestAddress = address });
            if (_capabilities["mapped-ram"])
                SkipMappedRam((long)length);
        }
        _footer = EndsInFooter(id);
        return null;
    }

    // The pages of mapped-ram stand in the middle of the list (stream reference, section 5).
    private void SkipMappedRam(long length)
    {
        ReadOnlySpan<byte> header = Take(MappedRamHeaderBytes);
        ulong pages = BinaryPrimitives.ReadUInt64BigEndian(header[20..]);
        if (pages > (ulong)_stream.LengthBytes || length > _stream.LengthBytes)
            throw new EndOfStreamException();
        _headOffset = (long)pages + length;
        _head = _stream.Lend(_headOffset, HeadBytes);
        _at = 0;
    }

    // A source ends the list with EOS and the section with its footer, where it sends footers at all.
    private bool EndsInFooter(uint id)
    {
        if (Left.Length < RamFlags.HeaderBytes + 5 || BinaryPrimitives.ReadUInt64BigEndian(Left) != RamFlags.Eos)
            return true;
        ReadOnlySpan<byte> next = Left[RamFlags.HeaderBytes..];
        return next[0] == (byte)SectionType.Footer && BinaryPrimitives.ReadUInt32BigEndian(next[1..]) == id;
    }

    private IReadOnlyList<DeviceSection>? ReadDevices(ref string? problem)
    {
        int length = (int)Math.Min(_stream.LengthBytes, Limits.VmDescriptionBytes);
        ReadOnlyMemory<byte> tail = _stream.Lend(_stream.LengthBytes - length, length);
        Range json = VmDescription.FindAtEnd(tail.Span);
        if (json.Equals(default(Range)))
        {
            if (_name != "none")
                problem ??= "it has no description of its devices at its end";
            return null;
        }
        try
        {
            return VmDescription.Parse(tail[json], out _pageSize);
        }
        catch (FormatException error)
        {
            problem ??= error.Message;
            return null;
        }
    }

    private byte Peek() => Left.IsEmpty ? throw new EndOfStreamException() : Left[0];

    private byte U8() => Take(1)[0];

    private ushort U16() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    private uint U32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    private ulong U64() => BinaryPrimitives.ReadUInt64BigEndian(Take(8));

    private string Text(int count) => Encoding.UTF8.GetString(Take(count));

    private ReadOnlySpan<byte> Take(int count)
    {
        if (Left.Length < count)
            throw new EndOfStreamException();
        ReadOnlySpan<byte> taken = Left[..count];
        _at += count;
        return taken;
    }
}
