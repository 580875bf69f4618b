using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Incoming.Streams;

/// <summary>
/// Reads a main stream record by record without loading it. It checks what it needs to find its way, and no more, so that damaged
/// streams show as far as they can be followed. Device state is not decoded: its end is where its footer stands.
/// </summary>
internal sealed class StreamDumper : IDisposable
{
    // The section is registered without a layout that a stream describes (section 1.6).
    private const int GlobalStateBytes = 104;
    private readonly StreamCursor _cursor;
    private readonly MachineProfile _machine;
    private readonly Action<StreamRecord> _tell;
    private readonly SortedDictionary<uint, string> _sections = [];
    private bool _ignoreShared;
    private bool _mappedRam;
    private bool _isInPackage;
    private string _section = "";
    private string _block = "";

    /// <summary>Makes a dumper.</summary>
    /// <param name="channel">The stream.</param>
    /// <param name="machine">What is known of its machine: page size, footers, and device layouts where there are no footers.</param>
    /// <param name="tell">Takes each record.</param>
    public StreamDumper(MigrationChannel channel, MachineProfile machine, Action<StreamRecord> tell)
    {
        _cursor = new(channel);
        _machine = machine;
        _tell = tell;
    }

    /// <summary>Reads the whole stream.</summary>
    /// <exception cref="FormatException">It cannot be followed any further; the message says where and why.</exception>
    public void Dump()
    {
        _cursor.Need(FileHeader.SizeBytes, "the header");
        FileHeader.TryRead(_cursor.Left, out FileHeader header, out _);
        if (header.FoundMagic != FileHeader.Magic)
            throw _cursor.Bad($"0x{header.FoundMagic:x8} in place of the magic QEVM");
        Tell("HEADER", $"version {header.FoundVersion}");
        _cursor.Take<FileHeader>(FileHeader.TryRead, "a header");
        while (DumpSection() != SectionType.Eof)
        {
            // Until the top-level EOF.
        }
        DumpTail();
    }

    /// <inheritdoc/>
    public void Dispose() => _cursor.Dispose();

    private SectionType DumpSection()
    {
        _section = "";
        _cursor.Need(1, "the sections");
        SectionType type = (SectionType)_cursor.Left[0];
        switch (type)
        {
            case SectionType.Eof:
                Tell("EOF");
                _cursor.Skip(1, "the end");
                break;
            case SectionType.Configuration:
                DumpConfiguration();
                break;
            case SectionType.Command:
                DumpCommand();
                break;
            case SectionType.Start or SectionType.Full:
                DumpStart();
                break;
            case SectionType.Part or SectionType.End:
                DumpPart();
                break;
            default:
                throw _cursor.Bad($"the unknown section type {(int)type}");
        }
        return type;
    }

    private void DumpConfiguration()
    {
        long offset = _cursor.Offset;
        _section = "configuration";
        string machine = CString.Text(_cursor.Take<ConfigurationHeader>(ConfigurationHeader.TryRead, "the configuration").MachineName);
        Tell("CONFIGURATION", "machine " + machine, offset);
        while (_cursor.Follows<SubsectionHeader>(SubsectionHeader.TryRead))
        {
            offset = _cursor.Offset;
            string name = CString.Text(_cursor.Take<SubsectionHeader>(SubsectionHeader.TryRead, "a subsection").Name);
            Tell("SUBSECTION", $"{name} {ReadSubsection(name)}", offset);
        }
    }

    private string ReadSubsection(string name)
    {
        switch (name)
        {
            case ConfigurationBody.Uuid:
                return _cursor.Take<Guid>(ConfigurationBody.TryReadUuid, name).ToString();
            case ConfigurationBody.TargetPageBits:
                return $"{_cursor.Take<uint>(ConfigurationBody.TryReadPageBits, name)}";
            case ConfigurationBody.Capabilities:
                uint count = _cursor.Take<uint>(ConfigurationBody.TryReadCapabilityCount, name);
                List<string> names = [];
                for (uint i = 0; i < count; i++)
                    names.Add(CString.Text(_cursor.Take<ReadOnlySpan<byte>>(CountedString.TryRead, "a capability")));
                _ignoreShared |= names.Contains("x-ignore-shared");
                _mappedRam |= names.Contains("mapped-ram");
                return string.Join(' ', names);
            default:
                throw _cursor.Bad($"the unknown subsection '{name}'");
        }
    }

    private void DumpCommand()
    {
        long offset = _cursor.Offset;
        CommandHeader header = _cursor.Take<CommandHeader>(CommandHeader.TryRead, "a command");
        // A payload that is not what its command has is shown as bytes, and passed by the length that the header claims.
        _cursor.Need(header.LengthBytes, "a command's payload");
        ReadOnlySpan<byte> payload = _cursor.Left[..header.LengthBytes];
        string text = CommandText.Of(header.Command, payload);
        bool isPackage = header.Command == CommandType.Packaged
            && CommandPayload.TryReadPackaged(payload, out _, out int consumed) == DecodeStatus.Done && consumed == payload.Length;
        CommandPayload.TryReadPackaged(payload, out uint packageBytes, out _);
        _cursor.Skip(header.LengthBytes, "a command's payload");
        Tell("COMMAND", text.Length == 0 ? $"{header.Command}" : $"{header.Command} {text}", offset);
        if (isPackage)
            DumpPackage(packageBytes);
    }

    // A package is a stream within the stream. It ends with its bytes, wherever its sections end.
    private void DumpPackage(uint lengthBytes)
    {
        // As deep as a stream nests packages, so deep would this be called.
        if (_isInPackage)
            throw _cursor.Bad("a package inside a package");
        _isInPackage = true;
        long end = _cursor.Offset + lengthBytes;
        while (_cursor.Offset < end)
            DumpSection();
        if (_cursor.Offset > end)
            throw _cursor.Bad($"a package that ends at 0x{end:x}, inside a section");
        _isInPackage = false;
        _section = "";
        Tell("PACKAGE_END", $"{lengthBytes} bytes");
    }

    private void DumpStart()
    {
        long offset = _cursor.Offset;
        SectionHeader header = _cursor.Take<SectionHeader>(SectionHeader.TryRead, "a section's header");
        uint id = header.Id;
        _section = CString.Text(header.Name);
        _sections[id] = _section;
        string kind = header.Type == SectionType.Start ? "START" : "FULL";
        Tell(kind, $"id {id} instance {header.InstanceId} version {header.Version}", offset);
        DumpBody(id);
    }

    private void DumpPart()
    {
        long offset = _cursor.Offset;
        SectionPartHeader header = _cursor.Take<SectionPartHeader>(SectionPartHeader.TryRead, "a section's header");
        if (!_sections.TryGetValue(header.Id, out string? name))
            throw _cursor.Bad($"section id {header.Id}, which no section has been given", offset);
        _section = name;
        Tell(header.Type == SectionType.Part ? "PART" : "END", $"id {header.Id}", offset);
        DumpBody(header.Id);
    }

    private void DumpBody(uint id)
    {
        if (_section == "ram")
            DumpRam();
        else
            SkipDeviceState(id);
        if (!_machine.SendSectionFooter)
            return;
        long offset = _cursor.Offset;
        SectionFooter footer = _cursor.Take<SectionFooter>(SectionFooter.TryRead, "a footer");
        if (footer.Id != id)
            throw _cursor.Bad($"the footer of section {footer.Id} in place of that of section {id}", offset);
    }

    private void SkipDeviceState(uint id)
    {
        long start = _cursor.Offset;
        if (!_machine.SendSectionFooter)
        {
            VmStateDescription? layout = _machine.Devices.FirstOrDefault(d => d.Name == _section)?.State;
            long length = _section == "globalstate" ? GlobalStateBytes
                : layout?.FixedBytes ?? throw _cursor.Bad("a section of unknown length");
            _cursor.Skip(length, "device state");
        }
        else
        {
            while (true)
            {
                _cursor.Need(SectionFooter.SizeBytes, "device state");
                int before = new SectionFooter(id).BytesBefore(_cursor.Left);
                if (before == 0)
                    break;
                _cursor.Skip(before, "device state");
            }
        }
        Tell("STATE", $"{_cursor.Offset - start} bytes", start);
    }

    private void DumpRam()
    {
        while (true)
        {
            long offset = _cursor.Offset;
            RamRecord record = _cursor.Take<RamRecord>(TryReadRecord, "a RAM record");
            ulong page = record.Offset;
            uint kind = record.Kind;
            switch (kind)
            {
                case RamFlags.Eos:
                    Tell("EOS", "", offset);
                    return;
                case RamFlags.MemSize:
                    DumpBlockList(offset, page);
                    break;
                case RamFlags.MultifdFlush:
                    Tell("MULTIFD_FLUSH", "", offset);
                    break;
                case RamFlags.Hook:
                    Tell("HOOK", "", offset);
                    break;
                default:
                    if ((record.Flags & RamFlags.Continue) == 0)
                        _block = CString.Text(record.BlockName);
                    DumpPage(offset, kind, page);
                    break;
            }
        }
    }

    private DecodeStatus TryReadRecord(ReadOnlySpan<byte> source, out RamRecord record, out int consumed) =>
        RamRecord.TryRead(source, _machine.PageSizeBytes, out record, out consumed);

    private void DumpPage(long offset, uint kind, ulong page)
    {
        switch (kind)
        {
            case RamFlags.Zero:
                _cursor.Need(1, "a zero page");
                byte fill = _cursor.Left[0];
                _cursor.Skip(1, "a zero page");
                _tell(new(offset, _section, "ZERO", _block, page, fill == 0 ? "" : $"fill {fill}"));
                break;
            case RamFlags.Page:
                _cursor.Skip(_machine.PageSizeBytes, "a page");
                _tell(new(offset, _section, "PAGE", _block, page, ""));
                break;
            default:
                int length = _cursor.Take<XbzrleHeader>(XbzrleHeader.TryRead, "an XBZRLE header").LengthBytes;
                _cursor.Skip(length, "an XBZRLE delta");
                _tell(new(offset, _section, "XBZRLE", _block, page, $"{length} bytes"));
                break;
        }
    }

    private void DumpBlockList(long offset, ulong total)
    {
        Tell("MEM_SIZE", $"{total} bytes", offset);
        for (ulong left = total; left > 0;)
        {
            offset = _cursor.Offset;
            BlockListEntry entry = _cursor.Take<BlockListEntry>(BlockListEntry.TryRead, "the block list");
            (string name, ulong length) = (CString.Text(entry.Name), entry.LengthBytes);
            string address = _ignoreShared ? $" at 0x{_cursor.Take<ulong>(BlockListEntry.TryReadField, "a block's address"):x}" : "";
            _tell(new(offset, _section, "BLOCK", name, null, $"{length} bytes{address}"));
            if (length > left)
                throw _cursor.Bad($"blocks that sum to more than the total of {total} bytes", offset);
            left -= length;
            if (!_mappedRam)
                continue;
            offset = _cursor.Offset;
            MappedRamHeader header = MappedPages.Skip(_cursor, length, _ignoreShared);
            Tell("MAPPED_RAM", $"bitmap at 0x{header.BitmapOffset:x}, pages at 0x{header.PagesOffset:x}", offset);
        }
    }

    private void DumpTail()
    {
        if (_cursor.Follows<VmDescriptionHeader>(VmDescriptionHeader.TryRead))
        {
            long offset = _cursor.Offset;
            uint length = _cursor.Take<VmDescriptionHeader>(VmDescriptionHeader.TryRead, "the description").LengthBytes;
            Tell("VMDESCRIPTION", $"{length} bytes", offset);
            _cursor.Skip(length, "the description");
        }
        if (_cursor.Fill(1))
            Tell("TRAILING", "bytes that are no part of the stream");
    }

    private void Tell(string kind, string extra = "", long? offset = null) =>
        _tell(new(offset ?? _cursor.Offset, _section, kind, "", null, extra));
}
