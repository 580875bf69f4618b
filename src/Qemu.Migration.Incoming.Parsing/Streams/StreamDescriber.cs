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
    private readonly StoredChannel _stream;
    private readonly StreamCursor _cursor;
    private readonly MigrationCapabilities _capabilities = new();
    private readonly List<RamBlockDescription> _blocks = [];
    private string _name = "none";
    private int _pageSize = 4096;
    private bool _configuration;
    private bool _footer = true;
    private Guid? _uuid;

    private StreamDescriber(StoredChannel stream)
    {
        _stream = stream;
        _cursor = new(stream);
    }

    /// <summary>Describes a stream.</summary>
    /// <param name="stream">The stream.</param>
    /// <returns>The description, complete or not.</returns>
    public static StreamDescription Describe(StoredChannel stream)
    {
        StreamDescriber describer = new(stream);
        using StreamCursor cursor = describer._cursor;
        string? problem = describer.ReadHead();
        IReadOnlyList<DeviceSection>? devices = describer.ReadDevices(ref problem);
        MachineProfile machine = new()
        {
            Name = describer._name,
            PageSizeBytes = describer._pageSize,
            SendConfiguration = describer._configuration,
            SendSectionFooter = describer._footer,
            MultifdFlushAfterEachSection = IsUpTo(describer._name, new(8, 0)),
            MultifdCleanTlsTermination = !IsUpTo(describer._name, new(9, 2)),
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
        MachineVersion.Of(machine) is { } own && own <= version;

    private string? ReadHead()
    {
        if (!_cursor.Follows<FileHeader>(FileHeader.TryRead))
            return "it does not begin with the header of a migration stream";
        try
        {
            _cursor.Take<FileHeader>(FileHeader.TryRead, "the header");
            if (_cursor.Follows<ConfigurationHeader>(ConfigurationHeader.TryRead))
                ReadConfiguration();
            return ReadUpToRam();
        }
        catch (FormatException error)
        {
            return "its RAM blocks are not known: " + error.Message;
        }
    }

    private void ReadConfiguration()
    {
        _configuration = true;
        _name = CString.Text(_cursor.Take<ConfigurationHeader>(ConfigurationHeader.TryRead, "the configuration").MachineName);
        while (_cursor.Follows<SubsectionHeader>(SubsectionHeader.TryRead))
        {
            switch (CString.Text(_cursor.Take<SubsectionHeader>(SubsectionHeader.TryRead, "a subsection").Name))
            {
                case ConfigurationBody.TargetPageBits:
                    _pageSize = 1 << (int)Math.Min(_cursor.Take<uint>(ConfigurationBody.TryReadPageBits, "the target page bits"), 30);
                    break;
                case ConfigurationBody.Capabilities:
                    ReadCapabilities();
                    break;
                case ConfigurationBody.Uuid:
                    _uuid = _cursor.Take<Guid>(ConfigurationBody.TryReadUuid, "the UUID");
                    break;
                default:
                    return;
            }
        }
    }

    private void ReadCapabilities()
    {
        for (uint count = _cursor.Take<uint>(ConfigurationBody.TryReadCapabilityCount, "the number of capabilities"); count > 0; count--)
        {
            string name = CString.Text(_cursor.Take<ReadOnlySpan<byte>>(CountedString.TryRead, "a capability"));
            if (MigrationCapabilities.Names.Contains(name, StringComparer.Ordinal))
                _capabilities.Set(name, true);
        }
    }

    private string? ReadUpToRam()
    {
        while (true)
        {
            _cursor.Need(1, "the sections");
            switch ((SectionType)_cursor.Left[0])
            {
                case SectionType.Eof:
                    return null;
                case SectionType.Command:
                    CommandHeader command = _cursor.Take<CommandHeader>(CommandHeader.TryRead, "a command");
                    _cursor.Skip(command.LengthBytes, "a command's payload");
                    break;
                case SectionType.Start or SectionType.Full:
                    SectionHeader section = _cursor.Take<SectionHeader>(SectionHeader.TryRead, "a section's header");
                    return section.Name.SequenceEqual("ram"u8)
                        ? ReadBlocks(section.Id)
                        : $"section '{CString.Text(section.Name)}' stands before the RAM blocks";
                default:
                    return "its sections do not begin with the RAM blocks";
            }
        }
    }

    private string? ReadBlocks(uint id)
    {
        RamRecord record = _cursor.Take<RamRecord>(TryReadRecord, "a RAM record");
        if (record.Flags != RamFlags.MemSize)
            return "its RAM does not begin with the list of blocks";
        for (ulong left = record.Offset; left > 0;)
        {
            BlockListEntry entry = _cursor.Take<BlockListEntry>(BlockListEntry.TryRead, "the block list");
            (string name, ulong length) = (CString.Text(entry.Name), entry.LengthBytes);
            ulong address = _capabilities.IgnoreShared ? _cursor.Take<ulong>(BlockListEntry.TryReadField, "a block's address") : 0;
            if (length > left || length > MostRamBytes || left > MostRamBytes)
                return $"block '{name}' has 0x{length:x} bytes";
            left -= length;
            _blocks.Add(new() { Name = name, LengthBytes = (long)length, GuestAddress = address });
            if (_capabilities.MappedRam)
                MappedPages.Skip(_cursor, length, _capabilities.IgnoreShared);
        }
        _footer = EndsInFooter(id);
        return null;
    }

    private DecodeStatus TryReadRecord(ReadOnlySpan<byte> source, out RamRecord record, out int consumed) =>
        RamRecord.TryRead(source, _pageSize, out record, out consumed);

    // A source ends the list with EOS and the section with its footer, where it sends footers at all.
    private bool EndsInFooter(uint id)
    {
        if (!_cursor.Fill(RamFlags.HeaderBytes + SectionFooter.SizeBytes)
            || RamRecord.TryRead(_cursor.Left, _pageSize, out RamRecord record, out int consumed) != DecodeStatus.Done
            || record.Kind != RamFlags.Eos)
            return true;
        return SectionFooter.TryRead(_cursor.Left[consumed..], out SectionFooter footer, out _) == DecodeStatus.Done && footer.Id == id;
    }

    private IReadOnlyList<DeviceSection>? ReadDevices(ref string? problem)
    {
        int length = (int)Math.Min(_stream.LengthBytes, Limits.VmDescriptionBytes);
        ReadOnlyMemory<byte> tail = _stream.View(_stream.LengthBytes - length, length);
        Range json = VmDescription.FindAtEnd(tail.Span);
        if (json.Equals(default(Range)))
        {
            if (PackagedDevices.Find(_stream) is { } packaged)
                return packaged;
            if (_name != "none")
                problem ??= "it has no description of its devices at its end";
            return null;
        }
        try
        {
            return ProfileMerger.MergeTwins(VmDescription.Parse(tail[json], out _pageSize));
        }
        catch (FormatException error)
        {
            problem ??= error.Message;
            return null;
        }
    }
}
