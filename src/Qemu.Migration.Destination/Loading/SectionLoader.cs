using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Destination.MappedRam;
using Qemu.Migration.Destination.Memory;
using Qemu.Migration.Destination.Multifd;
using Qemu.Migration.Destination.Postcopy;
using Qemu.Migration.Destination.ReturnPath;
using Qemu.Migration.Destination.Statistics;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Destination.Loading;

/// <summary>
/// Sections (stream reference, section 1.3):
/// <code>
/// START, FULL   01|04  u32 id  str8 idstr  u32 instance  u32 version   body   7e  u32 id
/// PART, END     02|03  u32 id                                          body   7e  u32 id
/// </code>
/// START differs from FULL, and PART from END, in nothing but the name: a section stays bound to its id until the stream ends.
/// </summary>
internal sealed class SectionLoader
{
    private readonly QemuFileReader _reader;
    private readonly LoadSession _session;
    private readonly DestinationEnvironment _environment;
    private readonly MachineProfile _machine;
    private readonly MigrationIncomingState _state;
    private readonly MultifdSession? _multifd;
    private readonly RamLoader _ram;
    private readonly GuestMemory _memory;
    private readonly bool _ignoreShared;
    private readonly BlockListLoader _blockList;
    private readonly DeviceStateLoader _deviceState;
    private readonly SwitchoverAck _switchoverAck;
    private PostcopyRamReader? _postcopyRam;
    private bool _hasBlocks;
    private bool _hasFlushed;

    public SectionLoader(QemuFileReader reader, LoadSession session, MultifdSession? multifd, MappedRamLoader? mappedRam)
    {
        _reader = reader;
        _session = session;
        _environment = session.Environment;
        _machine = session.Machine;
        _memory = session.Memory;
        _ignoreShared = session.Capabilities.IgnoreShared;
        _state = session.State;
        _multifd = multifd;
        _ram = new(_memory, _ignoreShared, mappedRam is not null);
        _blockList = new(reader, _memory, _ignoreShared, mappedRam);
        _deviceState = new(reader);
        _switchoverAck = session.SwitchoverAck;
    }

    /// <summary>Loads a START or FULL section; the window begins with its type byte.</summary>
    public async ValueTask<StreamError?> LoadStartAsync(SectionType type, SectionScope scope)
    {
        long offset = _reader.OffsetBytes;
        if (!await _reader.FillForAsync<SectionHeader>(SectionHeader.TryRead))
            return Errors.Truncated(_reader, $"a section's header");
        DecodeStatus status = SectionHeader.TryRead(_reader.Window, out SectionHeader header, out int consumed);
        uint id = header.Id;
        if (status != DecodeStatus.Done)
            return new(StreamErrorCode.SectionNameMissing, offset, $"section {id} has no name");
        string name = CString.Text(header.Name);
        uint instance = header.InstanceId;
        uint version = header.Version;
        SectionEntry? entry = Array.Find(_session.Entries, e => e.Name == name && e.InstanceId == instance);
        if (entry is null)
            return new(StreamErrorCode.UnknownSection, offset, $"this machine has no section '{name}', instance {instance}");
        if (version > (uint)entry.State.Version)
        {
            return new(
                StreamErrorCode.SectionVersionTooNew, offset,
                $"version {version} of section '{name}', newer than {entry.State.Version}")
            {
                Section = name,
            };
        }
        if (Refuse(entry, scope, offset) is { } refused)
            return refused;
        entry.LoadSectionId = id;
        entry.LoadVersion = (int)version;
        _reader.Advance(consumed);
        _environment.Trace.SectionStarted(type, id, name, offset);
        return await LoadBodyAsync(entry, type, offset) ?? await LoadFooterAsync(entry);
    }

    /// <summary>Loads a PART or END section; the window begins with its type byte.</summary>
    public async ValueTask<StreamError?> LoadPartAsync(SectionType type, SectionScope scope)
    {
        long offset = _reader.OffsetBytes;
        if (!await _reader.FillForAsync<SectionPartHeader>(SectionPartHeader.TryRead))
            return Errors.Truncated(_reader, $"a section's header");
        SectionPartHeader.TryRead(_reader.Window, out SectionPartHeader header, out int consumed);
        uint id = header.Id;
        SectionEntry? entry = Array.Find(_session.Entries, e => e.LoadSectionId == id);
        if (entry is null)
            return new(StreamErrorCode.UnknownSectionId, offset, $"section id {id}, which no section has been given");
        if (Refuse(entry, scope, offset) is { } refused)
            return refused;
        _reader.Advance(consumed);
        _environment.Trace.SectionStarted(type, id, entry.Name, offset);
        return await LoadBodyAsync(entry, type, offset) ?? await LoadFooterAsync(entry);
    }

    // Device state received while the guest runs would overwrite the state of running devices (deviation L20).
    private static StreamError? Refuse(SectionEntry entry, SectionScope scope, long offset) =>
        scope == SectionScope.Listen && entry.Handler is not (SectionHandler.Ram or SectionHandler.DirtyBitmap)
            ? new(StreamErrorCode.SectionWhileRunning, offset, $"a section of device state, and the guest runs") { Section = entry.Name }
            : null;

    private ValueTask<StreamError?> LoadBodyAsync(SectionEntry entry, SectionType type, long offset)
    {
        if (entry.Handler == SectionHandler.Ram)
        {
            return entry.LoadVersion == RamFlags.SectionVersion
                ? LoadRamAsync(type)
                : Fail(StreamErrorCode.RamVersion, $"version {entry.LoadVersion} of the ram section, not {RamFlags.SectionVersion}");
        }
        if (entry.LoadVersion < entry.State.MinimumVersion)
        {
            return Fail(
                StreamErrorCode.SectionVersionTooOld,
                $"version {entry.LoadVersion} of section '{entry.Name}', older than {entry.State.MinimumVersion}");
        }
        return entry.Handler switch
        {
            SectionHandler.GlobalState => LoadGlobalStateAsync(entry),
            SectionHandler.DeviceState => _deviceState.LoadSectionAsync(
                entry.Name, entry.State, entry.LoadVersion, _machine.SendSectionFooter ? new SectionFooter(entry.LoadSectionId) : null),
            _ => LoadDirtyBitmapAsync(entry),
        };

        ValueTask<StreamError?> Fail(StreamErrorCode code, FormattableString cause) =>
            ValueTask.FromResult<StreamError?>(new(code, offset, cause) { Section = entry.Name });
    }

    // ram_load: how records are read is decided where they begin.
    private ValueTask<StreamError?> LoadRamAsync(SectionType type)
    {
        if (_session.Postcopy.State < PostcopyState.Listening)
            return LoadPrecopyRamAsync(type);
        _postcopyRam ??= new(_reader, _session, _state.MainCounters, _ram.LastBlock ?? _session.LastBlock, "main");
        return _postcopyRam.LoadAsync(countsEos: type == SectionType.Part);
    }

    private async ValueTask<StreamError?> LoadPrecopyRamAsync(SectionType type)
    {
        while (true)
        {
            ReceivedCounts received = default;
            RamProgress progress = _ram.Decode(_reader.Window, _reader.OffsetBytes, out int consumed, ref received);
            // A source counts the EOS of its iterations in precopy-bytes and downtime-bytes, and no other control record.
            if (progress == RamProgress.EndOfSection && type == SectionType.Part)
                received.RecordBytes += RamFlags.HeaderBytes;
            // Count bytes before pages: no snapshot shows a page whose bytes are not counted.
            _reader.Advance(consumed);
            _state.MainCounters.Add(received, _state.Phase);
            switch (progress)
            {
                case RamProgress.NeedMoreData:
                    _state.NoteProgress();
                    if (!await _reader.FillAsync(_ram.NeededBytes))
                        return Truncated();
                    break;
                case RamProgress.Yield:
                    _state.NoteProgress();
                    await _environment.Point("ram/yield");
                    break;
                case RamProgress.BlockList:
                    if (await _blockList.LoadAsync() is { } error)
                        return error;
                    _hasBlocks = true;
                    break;
                case RamProgress.Flush:
                    _hasFlushed = true;
                    if (_multifd is not null && await FlushAsync(_multifd, type) is { } flushError)
                        return flushError;
                    break;
                case RamProgress.EndOfSection:
                    _session.LastBlock = _ram.LastBlock;
                    return await EndSectionAsync(type);
                default:
                    return _ram.Error;
            }
        }
    }

    // A source that sends FLUSH records does not sync after sections. Waiting for a sync there would never end.
    private async ValueTask<StreamError?> FlushAsync(MultifdSession multifd, SectionType type) => _machine.MultifdFlushAfterEachSection
        ? new(
            StreamErrorCode.MultifdFlushMismatch, _reader.OffsetBytes - RamFlags.HeaderBytes,
            $"a FLUSH record, and the channels of this machine meet after each section (multifd-flush-after-each-section)")
        {
            Section = "ram",
        }
        : await SyncAsync(multifd, type);

    // Without multifd the end of a section ends the round. With multifd the source sends FLUSH, and only after pages.
    private async ValueTask<StreamError?> EndSectionAsync(SectionType type)
    {
        if (_multifd is not null && _machine.MultifdFlushAfterEachSection)
            return await SyncAsync(_multifd, type);
        if (_multifd is not null && CheckFlushed() is { } error)
            return error;
        // Compute this after the block list: it may have resized a block that had no page.
        if (type == SectionType.Part && (_multifd is null || _memory.MigratedBytes(_ignoreShared) == 0))
            await _switchoverAck.RoundEndedAsync(_state.MainCounters.Pages);
        return null;
    }

    // A source that sends FLUSH records sends the first one right after its block list. A source without FLUSH records syncs after each
    // section. Its channels would wait for ever at their first SYNC packet here, and the pages behind it would be lost.
    private StreamError? CheckFlushed() => !_hasBlocks || _hasFlushed
        ? null
        : new(
            StreamErrorCode.MultifdFlushMismatch, _reader.OffsetBytes - RamFlags.HeaderBytes,
            $"a block list and no FLUSH record: channels meet after each section at the source (multifd-flush-after-each-section), not here")
        {
            Section = "ram",
        };

    private async ValueTask<StreamError?> SyncAsync(MultifdSession multifd, SectionType type)
    {
        if (await multifd.SyncAsync(_reader.OffsetBytes - RamFlags.HeaderBytes) is { } error)
            return error;
        if (type == SectionType.Part)
            await _switchoverAck.RoundEndedAsync(_state.MainCounters.Pages + multifd.PagesAtBarrier);
        return null;
    }

    private StreamError Truncated()
    {
        StreamError error = Errors.Truncated(_reader, $"a RAM record that begins at offset {_reader.OffsetBytes}", "ram");
        return _ram.BlockName is null ? error : error.WithBlock(_ram.BlockName);
    }

    private async ValueTask<StreamError?> LoadGlobalStateAsync(SectionEntry entry)
    {
        if (!await _reader.FillAsync(GlobalStateSection.SizeBytes))
            return Errors.Truncated(_reader, $"the run state", entry.Name);
        StreamError? error = GlobalStateSection.Read(
            _reader.Window[..GlobalStateSection.SizeBytes], _reader.OffsetBytes, out RunState state, out bool sleeps);
        _reader.Advance(GlobalStateSection.SizeBytes);
        // Validate the values after the whole section has been read, as post_load does.
        if (await _deviceState.LoadSubsectionsAsync(entry.Name, entry.State) is { } subsectionError)
            return subsectionError;
        _session.MigratedRunState = state;
        _session.MigratedGuestSleeps = sleeps;
        return error;
    }

    // DIRTY_BITMAP_MIG_FLAG_EOS alone is an empty section; anything else names a block device (found by running QEMU).
    private async ValueTask<StreamError?> LoadDirtyBitmapAsync(SectionEntry entry)
    {
        const byte endOfSection = 0x01;
        if (!await _reader.FillAsync(1))
            return Errors.Truncated(_reader, $"the dirty bitmaps", entry.Name);
        if (_reader.PeekByte() != endOfSection)
        {
            return new(
                StreamErrorCode.SectionUnsupported, _reader.OffsetBytes, $"a dirty bitmap, and this machine has no block device")
            {
                Section = entry.Name,
            };
        }
        _reader.Advance(1);
        return null;
    }

    private async ValueTask<StreamError?> LoadFooterAsync(SectionEntry entry)
    {
        if (!_machine.SendSectionFooter)
            return null;
        if (!await _reader.FillForAsync<SectionFooter>(SectionFooter.TryRead))
            return Errors.Truncated(_reader, $"the section's footer", entry.Name);
        DecodeStatus status = SectionFooter.TryRead(_reader.Window, out SectionFooter footer, out int consumed);
        long offset = _reader.OffsetBytes;
        if (status != DecodeStatus.Done)
        {
            return new(
                StreamErrorCode.FooterMismatch, offset,
                $"the section does not end in its footer: byte 0x{_reader.PeekByte():x2} in place of 0x7e")
            {
                Section = entry.Name,
                // A section whose length the guest decides ends elsewhere in another stream.
                Advice = entry.Handler == SectionHandler.DeviceState ? Errors.DescribeMore : null,
            };
        }
        if (footer.Id != entry.LoadSectionId)
        {
            return new(StreamErrorCode.FooterMismatch, offset, $"a footer of section {footer.Id} at the end of section {entry.LoadSectionId}")
            {
                Section = entry.Name,
            };
        }
        _reader.Advance(consumed);
        return null;
    }
}
