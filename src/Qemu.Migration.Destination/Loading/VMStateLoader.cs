using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Destination.MappedRam;
using Qemu.Migration.Destination.Memory;
using Qemu.Migration.Destination.Multifd;
using Qemu.Migration.Destination.ReturnPath;
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
    private readonly ConfigurationLoader _configuration;
    private readonly MigrationIncomingState _state;
    private readonly SectionLoader _sections;
    private readonly CommandLoader _commands;

    public VMStateLoader(
        QemuFileReader reader, MigrationChannel channel, DestinationEnvironment environment, MachineProfile machine,
        GuestMemory memory, MigrationCapabilities capabilities, MigrationIncomingState state, MultifdSession? multifd,
        MappedRamLoader? mappedRam)
    {
        _reader = reader;
        _machine = machine;
        _trace = environment.Trace;
        _configuration = new(reader, machine, capabilities, _trace);
        SwitchoverAck switchoverAck = new(capabilities["switchover-ack"], machine.WaitsForSwitchoverAck);
        _state = state;
        _sections = new(reader, environment, machine, memory, capabilities, state, multifd, mappedRam, switchoverAck);
        _commands = new(reader, channel, _trace, memory, capabilities, state, switchoverAck);
    }

    /// <summary>The run state the guest came with; running when the stream does not say.</summary>
    public RunState MigratedRunState => _sections.MigratedRunState;

    /// <summary>The return path, once the source has opened it.</summary>
    public ReturnPathWriter? ReturnPath => _commands.ReturnPath;

    /// <summary>Loads the stream.</summary>
    /// <returns>The error, or null when everything is loaded.</returns>
    public async ValueTask<StreamError?> LoadAsync()
    {
        if (await LoadHeaderAsync() is { } headerError)
            return headerError;
        if (_machine.SendConfiguration && await _configuration.LoadAsync() is { } configurationError)
            return configurationError;
        while (true)
        {
            _state.NoteProgress();
            if (!await _reader.FillAsync(1))
                return Errors.Truncated(_reader, $"the sections, where a section type was expected");
            long offset = _reader.OffsetBytes;
            SectionType type = (SectionType)_reader.PeekByte();
            StreamError? error;
            switch (type)
            {
                case SectionType.Eof:
                    _reader.Advance(1);
                    await SkipVmDescriptionAsync();
                    return null;
                case SectionType.Start or SectionType.Full:
                    error = await _sections.LoadStartAsync(type);
                    break;
                case SectionType.Part or SectionType.End:
                    error = await _sections.LoadPartAsync(type);
                    break;
                case SectionType.Command:
                    error = await _commands.LoadAsync();
                    break;
                default:
                    error = new(StreamErrorCode.UnknownSectionType, offset, $"the unknown section type {(int)type}");
                    break;
            }
            if (error is not null)
                return error;
        }
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

    // A wrong magic is the better explanation of a short stream, where it is there to be seen.
    private StreamError RejectShortHeader()
    {
        ReadOnlySpan<byte> window = _reader.Window;
        ReadOnlySpan<byte> magic = window[..Math.Min(window.Length, sizeof(uint))];
        bool wrong = !"QEVM"u8.StartsWith(magic) && (_reader.Failure is null || magic.Length == sizeof(uint));
        return wrong
            ? new(StreamErrorCode.NotAMigrationStream, _reader.OffsetBytes, $"not a migration stream: {window.Length} bytes that are no stream header")
            : Errors.Truncated(_reader, $"the stream's header");
    }

    // Nothing in here can make a loaded migration fail (section 1.9).
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
