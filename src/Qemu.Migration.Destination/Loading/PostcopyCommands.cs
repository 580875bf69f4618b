using Qemu.Migration.Destination.Memory;
using Qemu.Migration.Destination.Postcopy;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Destination.Loading;

/// <summary>
/// The commands of postcopy and of its recovery (stream reference, sections 6.1 and 6.3):
/// <code>
/// ADVISE … { DISCARD }*  PACKAGED{ LISTEN … RUN }          recovery: { RECV_BITMAP }*  RESUME
/// </code>
/// </summary>
internal sealed class PostcopyCommands(QemuFileReader reader, LoadSession session)
{
    // u8 version, str8 of one byte, u8 0, one range.
    private const int LeastDiscardBytes = 20;

    private readonly GuestMemory _memory = session.Memory;
    private readonly PostcopyIncoming _postcopy = session.Postcopy;

    /// <summary>POSTCOPY_ADVISE: the source may go on in postcopy. An empty one announces bitmaps of disks; one of 16 bytes pages of RAM,
    /// and all that is here of them is thrown away.</summary>
    public async ValueTask<StreamError?> AdviseAsync(long offset, int length)
    {
        if (_postcopy.State != PostcopyState.None)
            return WrongState(offset, CommandType.PostcopyAdvise);
        if (length is not (0 or PostcopyAdvice.SizeBytes))
            return new(StreamErrorCode.CommandLength, offset, $"command POSTCOPY_ADVISE with {length} bytes, not 0 or 16");
        bool isOfRam = length != 0;
        if (isOfRam != session.Capabilities["postcopy-ram"])
        {
            return new(
                StreamErrorCode.PostcopyUnsupported, offset,
                $"POSTCOPY_ADVISE of {length} bytes, and postcopy-ram is {(isOfRam ? "off" : "on")} here");
        }
        if (isOfRam && await CheckAdviceAsync(offset) is { } error)
            return error;
        _postcopy.State = PostcopyState.Advised;
        _postcopy.IsOfRam = isOfRam;
        foreach (RamBlock block in _memory.Blocks)
        {
            if (!isOfRam || !block.Description.Migratable)
                continue;
            block.Region.ExpectSinglePages();
            Discard(block, 0, block.MaxLengthBytes);
        }
        return null;
    }

    private async ValueTask<StreamError?> CheckAdviceAsync(long offset)
    {
        if (!await reader.FillForAsync<PostcopyAdvice>(PostcopyAdvice.TryRead))
            return Errors.Truncated(reader, $"a POSTCOPY_ADVISE");
        PostcopyAdvice.TryRead(reader.Window, out PostcopyAdvice advice, out int consumed);
        // No block here has larger pages than the guest.
        ulong pageBytes = (ulong)_memory.PageSizeBytes;
        if (advice.PageSizes != pageBytes || advice.TargetPageBytes != pageBytes)
        {
            return new(
                StreamErrorCode.PostcopyUnsupported, offset,
                $"POSTCOPY_ADVISE for block pages 0x{advice.PageSizes:x} and guest pages {advice.TargetPageBytes}, not {pageBytes}");
        }
        reader.Advance(consumed);
        return null;
    }

    /// <summary>POSTCOPY_RAM_DISCARD: pages that the source's guest has written since they were sent.</summary>
    public async ValueTask<StreamError?> DiscardAsync(long offset, int length)
    {
        if (_postcopy.State is not (PostcopyState.Advised or PostcopyState.Discarding))
            return WrongState(offset, CommandType.PostcopyRamDiscard);
        if (length < LeastDiscardBytes)
            return new(StreamErrorCode.CommandLength, offset, $"command POSTCOPY_RAM_DISCARD with {length} bytes, fewer than {LeastDiscardBytes}");
        _postcopy.State = PostcopyState.Discarding;
        if (!await reader.FillAsync(length))
            return Errors.Truncated(reader, $"a POSTCOPY_RAM_DISCARD");
        StreamError? error = Discard(reader.Window[..length], offset);
        reader.Advance(length);
        return error;
    }

    // Check the whole range against its block before discarding any of it (deviation L4).
    private StreamError? Discard(ReadOnlySpan<byte> payload, long offset)
    {
        if (RamDiscard.TryRead(payload, payload.Length, out RamDiscard discard, out _) != DecodeStatus.Done)
            return new(StreamErrorCode.DiscardMalformed, offset, $"a POSTCOPY_RAM_DISCARD of {payload.Length} bytes that does not decode");
        string name = CString.Text(discard.Block);
        if (_memory.Find(discard.Block) is not { } block)
            return new(StreamErrorCode.UnknownBlock, offset, $"POSTCOPY_RAM_DISCARD for the unknown block '{name}'");
        if (!block.Description.Migratable)
            return new(StreamErrorCode.BlockNotMigratable, offset, $"POSTCOPY_RAM_DISCARD for a block that is not migrated") { Block = name };
        ulong end = (ulong)block.UsedLengthBytes;
        ulong pageMask = (ulong)_memory.PageSizeBytes - 1;
        for (int i = 0; i < discard.Count; i++)
        {
            (ulong start, ulong length) = discard[i];
            if (start > end || length > end - start || ((start | length) & pageMask) != 0)
            {
                return new(
                    StreamErrorCode.DiscardRange, offset,
                    $"POSTCOPY_RAM_DISCARD of 0x{length:x} bytes from 0x{start:x}, and the block has 0x{end:x} in pages of 0x{pageMask + 1:x}")
                {
                    Block = name,
                };
            }
            Discard(block, (long)start, (long)length);
        }
        return null;
    }

    private void Discard(RamBlock block, long offset, long lengthBytes) => session.State.MainCounters.Discard(
        _memory.Discard(block, offset >> _memory.PageShift, lengthBytes >> _memory.PageShift));

    /// <summary>PACKAGED: what the guest needs to start follows as one piece.</summary>
    public async ValueTask<(StreamError? Error, uint? LengthBytes)> PackagedAsync(SectionScope scope, long offset)
    {
        if (scope != SectionScope.Main)
            return (WrongState(offset, CommandType.Packaged), null);
        if (!await reader.FillForAsync<uint>(CommandPayload.TryReadPackaged))
            return (Errors.Truncated(reader, $"a PACKAGED"), null);
        CommandPayload.TryReadPackaged(reader.Window, out uint lengthBytes, out int consumed);
        reader.Advance(consumed);
        return await _postcopy.OnPackage() is { } error ? (error, null) : (null, lengthBytes);
    }

    /// <summary>POSTCOPY_LISTEN: from now on pages may be missing, and pages that come are placed.</summary>
    public StreamError? Listen(SectionScope scope, long offset)
    {
        if (scope != SectionScope.Package || _postcopy.State is not (PostcopyState.Advised or PostcopyState.Discarding))
            return WrongState(offset, CommandType.PostcopyListen);
        if (session.Multifd?.TryCloseToPages() == false)
            return new(StreamErrorCode.MultifdPagesInPostcopy, offset, $"POSTCOPY_LISTEN while a multifd channel brings pages");
        _postcopy.State = PostcopyState.Listening;
        _postcopy.OnListen();
        return null;
    }

    /// <summary>POSTCOPY_RUN: device state is loaded, the guest starts here.</summary>
    public async ValueTask<StreamError?> RunAsync(SectionScope scope, long offset)
    {
        if (scope != SectionScope.Package || _postcopy.State != PostcopyState.Listening)
            return WrongState(offset, CommandType.PostcopyRun);
        if (await _postcopy.BeforeRun() is { } error)
            return error;
        if (!await _postcopy.OnRun())
            return new(StreamErrorCode.CommandInWrongState, offset, $"POSTCOPY_RUN, and the migration has been ended here");
        _postcopy.State = PostcopyState.Running;
        return null;
    }

    /// <summary>RECV_BITMAP: in a recovery the source asks which pages of a block are here. At other times it gets no answer, but the block
    /// must exist.</summary>
    public async ValueTask<StreamError?> RecvBitmapAsync(long offset, int length)
    {
        if (!await reader.FillForAsync<ReadOnlySpan<byte>>(CommandPayload.TryReadRecvBitmap))
            return Errors.Truncated(reader, $"a RECV_BITMAP");
        CommandPayload.TryReadRecvBitmap(reader.Window, out ReadOnlySpan<byte> name, out int consumed);
        if (name.IsEmpty || length != consumed)
            return new(StreamErrorCode.CommandLength, offset, $"command RECV_BITMAP with {length} bytes for a name of {name.Length}");
        if (_memory.Find(name) is not { } block)
        {
            string text = CString.Text(name);
            return new(StreamErrorCode.UnknownBlock, offset, $"RECV_BITMAP for the unknown block '{text}'");
        }
        reader.Advance(consumed);
        if (_postcopy.IsRecovering)
            await session.ReturnPath!.RecvBitmapAsync(block, block.UsedLengthBytes >> _memory.PageShift);
        return null;
    }

    /// <summary>POSTCOPY_RESUME: the source knows what is missing, and goes on.</summary>
    public async ValueTask<StreamError?> ResumeAsync()
    {
        if (_postcopy.IsRecovering)
            await _postcopy.OnResume();
        else
            session.Environment.Trace.Warning($"{CommandType.PostcopyResume} outside a recovery");
        return null;
    }

    private StreamError WrongState(long offset, CommandType command)
    {
        PostcopyState state = _postcopy.State;
        return new(StreamErrorCode.CommandInWrongState, offset, $"command {command} in postcopy state {state}");
    }
}
