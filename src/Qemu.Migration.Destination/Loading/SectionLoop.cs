using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.MappedRam;
using Qemu.Migration.Destination.Multifd;
using Qemu.Migration.Destination.Postcopy;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Destination.Loading;

/// <summary>
/// qemu_loadvm_state_main: sections and commands, one behind the other, up to EOF or RUN (stream reference, section 1.3):
/// <code>
/// { section | COMMAND }*  00 EOF
/// </code>
/// </summary>
internal sealed class SectionLoop
{
    private readonly QemuFileReader _reader;
    private readonly LoadSession _session;
    private readonly SectionLoader _sections;
    private readonly CommandLoader _commands;
    private readonly PackageLoader? _packages;
    private readonly Func<bool> _isWholePackage;
    private SectionScope _scope;

    /// <summary>Makes a loop at the first section of a stream.</summary>
    /// <param name="reader">The stream.</param>
    /// <param name="channel">Where it is answered.</param>
    /// <param name="session">What outlives the stream.</param>
    /// <param name="scope">Where it stands.</param>
    /// <param name="multifd">The multifd channels beside it, or null.</param>
    /// <param name="mappedRam">Reads pages at their places in a file, or null.</param>
    /// <param name="isWholePackage">Whether the stream has ended because all bytes of its package have been read.</param>
    public SectionLoop(
        QemuFileReader reader, MigrationChannel channel, LoadSession session, SectionScope scope, MultifdSession? multifd = null,
        MappedRamLoader? mappedRam = null, Func<bool>? isWholePackage = null)
    {
        _isWholePackage = isWholePackage ?? (() => false);
        _reader = reader;
        _session = session;
        _scope = scope;
        _sections = new(reader, session, multifd, mappedRam);
        _commands = new(reader, channel, session);
        _packages = scope == SectionScope.Main ? new(reader, channel, session, multifd) : null;
    }

    /// <summary>Loads sections.</summary>
    /// <returns>The error; null at EOF, and in a package at RUN.</returns>
    public async ValueTask<StreamError?> LoadAsync()
    {
        while (true)
        {
            _session.State.NoteProgress();
            if (!await _reader.FillAsync(1))
                return _isWholePackage() ? WithoutRun(_reader.OffsetBytes) : Errors.Truncated(_reader, $"the sections, where a section type was expected");
            long offset = _reader.OffsetBytes;
            SectionType type = (SectionType)_reader.PeekByte();
            StreamError? error;
            switch (type)
            {
                case SectionType.Eof:
                    return await EndAsync(offset);
                case SectionType.Start or SectionType.Full:
                    error = await _sections.LoadStartAsync(type, _scope);
                    break;
                case SectionType.Part or SectionType.End:
                    error = await _sections.LoadPartAsync(type, _scope);
                    break;
                case SectionType.Command:
                    error = await LoadCommandAsync();
                    break;
                default:
                    error = new(StreamErrorCode.UnknownSectionType, offset, $"the unknown section type {(int)type}");
                    break;
            }
            if (error is not null)
                return error;
            if (_scope == SectionScope.Package && _session.Postcopy.State == PostcopyState.Running)
                return null;
        }
    }

    // In QEMU, two threads would read the stream behind a package without RUN (deviation L19).
    private ValueTask<StreamError?> EndAsync(long offset)
    {
        _reader.Advance(1);
        StreamError? error = _scope switch
        {
            SectionScope.Package => WithoutRun(offset),
            SectionScope.Main when _session.Postcopy.State == PostcopyState.Discarding =>
                new(StreamErrorCode.CommandInWrongState, offset, $"the stream ends behind POSTCOPY_RAM_DISCARD, without the pages"),
            SectionScope.Listen when _session.Postcopy.IsRecovering =>
                new(StreamErrorCode.CommandInWrongState, offset, $"the stream of a recovery that ends without POSTCOPY_RESUME"),
            _ => null,
        };
        return ValueTask.FromResult(error);
    }

    private static StreamError WithoutRun(long offset) =>
        new(StreamErrorCode.PackageWithoutRun, offset, $"a package that ends without POSTCOPY_RUN");

    private async ValueTask<StreamError?> LoadCommandAsync()
    {
        (StreamError? error, uint? packageBytes) = await _commands.LoadAsync(_scope);
        if (error is not null || packageBytes is not { } lengthBytes)
            return error;
        error = await _packages!.LoadAsync(lengthBytes);
        if (error is null)
            _scope = SectionScope.Listen;
        return error;
    }
}
