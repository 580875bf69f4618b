using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Destination.MappedRam;
using Qemu.Migration.Destination.Multifd;
using Qemu.Migration.Destination.Postcopy;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Destination.Loading;

/// <summary>
/// qemu_loadvm_state: the main stream from its header to its end (stream reference, section 1).
/// <code>
/// header  [CONFIGURATION]  { section | COMMAND }*  00 EOF  [06 VMDESCRIPTION]
/// </code>
/// </summary>
internal sealed class VMStateLoader
{
    private readonly QemuFileReader _reader;
    private readonly MachineProfile _machine;
    private readonly MigrationTrace _trace;
    private readonly PostcopyIncoming _postcopy;
    private readonly ConfigurationLoader _configuration;
    private readonly SectionLoop _sections;

    public VMStateLoader(
        QemuFileReader reader, MigrationChannel channel, LoadSession session, MultifdSession? multifd, MappedRamLoader? mappedRam)
    {
        _reader = reader;
        _machine = session.Machine;
        _trace = session.Environment.Trace;
        _postcopy = session.Postcopy;
        _configuration = new(reader, session.Machine, session.Capabilities, _trace);
        _sections = new(reader, channel, session, SectionScope.Main, multifd, mappedRam);
    }

    /// <summary>Loads the stream.</summary>
    /// <returns>The error, or null when everything is loaded.</returns>
    public async ValueTask<StreamError?> LoadAsync()
    {
        if (await LoadHeaderAsync() is { } headerError)
            return headerError;
        if (_machine.SendConfiguration && await _configuration.LoadAsync() is { } configurationError)
            return configurationError;
        if (await _sections.LoadAsync() is { } error)
            return error;
        // Only a precopy stream ends with a description.
        if (_postcopy.State < PostcopyState.Listening)
            await SkipVmDescriptionAsync();
        return null;
    }

    private async ValueTask<StreamError?> LoadHeaderAsync()
    {
        if (!await _reader.FillForAsync<FileHeader>(FileHeader.TryRead))
            return RejectShortHeader();
        DecodeStatus status = FileHeader.TryRead(_reader.Window, out FileHeader header, out int consumed);
        if (status != DecodeStatus.Done)
            return InvalidHeader(header);
        _reader.Advance(consumed);
        return null;
    }

    private StreamError InvalidHeader(FileHeader header) => header switch
    {
        { FoundMagic: not FileHeader.Magic } => new(
            StreamErrorCode.NotAMigrationStream, _reader.OffsetBytes,
            $"not a migration stream: magic 0x{header.FoundMagic:x8}, not 0x{FileHeader.Magic:x8}"),
        { FoundVersion: FileHeader.ObsoleteVersion } => new(
            StreamErrorCode.ObsoleteVersion, VersionOffset, $"stream version 2 is obsolete and no longer read"),
        _ => new(StreamErrorCode.UnsupportedVersion, VersionOffset, $"stream version {header.FoundVersion}, not {FileHeader.Version}"),
    };

    // A file may begin with something else: offset=.
    private long VersionOffset => _reader.OffsetBytes + sizeof(uint);

    // When a short stream shows a wrong magic, report the magic: it explains more.
    private StreamError RejectShortHeader()
    {
        ReadOnlySpan<byte> window = _reader.Window;
        ReadOnlySpan<byte> magic = window[..Math.Min(window.Length, sizeof(uint))];
        bool wrong = !"QEVM"u8.StartsWith(magic) && (_reader.Failure is null || magic.Length == sizeof(uint));
        return wrong
            ? new(StreamErrorCode.NotAMigrationStream, _reader.OffsetBytes, $"not a migration stream: {window.Length} bytes that are no stream header")
            : Errors.Truncated(_reader, $"the stream's header");
    }

    // Nothing in the description can fail a migration that is loaded (section 1.9).
    private async ValueTask SkipVmDescriptionAsync()
    {
        if (_machine.SuppressVmDescription)
            return;
        if (!await _reader.FillForAsync<VmDescriptionHeader>(VmDescriptionHeader.TryRead))
        {
            _reader.Advance(_reader.Window.Length);
            return;
        }
        DecodeStatus status = VmDescriptionHeader.TryRead(_reader.Window, out VmDescriptionHeader header, out int consumed);
        if (status != DecodeStatus.Done)
        {
            _trace.Warning($"section type {_reader.PeekByte()} where the description of the machine was expected");
            _reader.Advance(1);
            return;
        }
        long length = header.LengthBytes;
        _reader.Advance(consumed);
        await _reader.SkipAsync(length);
    }
}
