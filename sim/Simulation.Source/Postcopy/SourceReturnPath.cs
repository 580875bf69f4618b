using System.Text;
using Qemu.Migration.Wire;
using Simulation.Source.Guest;
using Simulation.Source.Precopy;

namespace Simulation.Source.Postcopy;

/// <summary>What the destination has said (stream reference, section 6.2). What makes no sense, or not now, breaks the connection.</summary>
internal sealed class SourceReturnPath(SourceSession session)
{
    private readonly List<GuestBlock> _awaited = [];
    private GuestBlock? _requestBlock;

    /// <summary>The value of SHUT, once it has come.</summary>
    public uint? Shut { get; private set; }

    public bool IsSwitchoverAcknowledged { get; private set; }

    /// <summary>Whether PONG 1 has come: the main channel was taken.</summary>
    public bool IsMainConfirmed { get; private set; }

    /// <summary>Whether PONG 0x42 has come: the destination has loaded the package.</summary>
    public bool IsPackageLoaded { get; private set; }

    public bool AwaitsBitmaps => _awaited.Count > 0;

    public bool AwaitsResume { get; private set; }

    public void AwaitBitmap(GuestBlock block) => _awaited.Add(block);

    public void AwaitResume() => AwaitsResume = true;

    /// <summary>Forgets what belongs to a connection.</summary>
    public void BeginConnection()
    {
        Shut = null;
        _requestBlock = null;
        _awaited.Clear();
        AwaitsResume = false;
    }

    /// <summary>A message with a number, or with nothing.</summary>
    public void Receive(ReturnPathMessageType type, uint value)
    {
        switch (type)
        {
            case ReturnPathMessageType.Shut:
                Shut = value;
                if (value != 0)
                    session.Refused("the destination reports a failed migration");
                break;
            case ReturnPathMessageType.SwitchoverAck when !session.Machine.SwitchoverAckLegacy:
                session.Break("the destination sent a switchover ack that no device asked for");
                break;
            case ReturnPathMessageType.SwitchoverAck:
                IsSwitchoverAcknowledged = true;
                break;
            case ReturnPathMessageType.Pong:
                IsMainConfirmed |= value == 1;
                IsPackageLoaded |= value == SwitchoverPhase.PackageLoadedPing;
                PassPackage();
                break;
            case ReturnPathMessageType.ResumeAck when AwaitsResume && value == 1:
                AwaitsResume = false;
                break;
            default:
                session.Break(session.Options.PostcopyRam
                    ? $"the destination sent {type} while the migration was {session.Status}"
                    : $"the destination sent {type} to a precopy source");
                break;
        }
    }

    /// <summary>Goes on from <c>postcopy-device</c> when the package is known to be loaded.</summary>
    public void PassPackage()
    {
        if (IsPackageLoaded && session.Status == SourceStatus.PostcopyDevice)
            session.MoveTo(SourceStatus.PostcopyActive);
    }

    /// <summary>A request for pages: REQ_PAGES_ID with a block, REQ_PAGES without.</summary>
    public void Request(ReturnPathMessageType type, ReadOnlySpan<byte> name, ulong start, uint lengthBytes)
    {
        if (type == ReturnPathMessageType.RequestPagesId)
            _requestBlock = Find(name);
        if (!(session.IsInPostcopy || session.IsPackageUnderWay) || _requestBlock is not { } block)
        {
            session.Break($"the destination sent {type} for no block of this migration while it was {session.Status}");
            return;
        }

        ulong end = (ulong)block.Layout.LengthBytes;
        if (start % (uint)block.PageBytes != 0 || lengthBytes % (uint)block.PageBytes != 0 || start > end || lengthBytes > end - start)
        {
            session.Break($"the destination asked for {lengthBytes} bytes at {start} of {block.Name}");
            return;
        }

        session.Counters.PostcopyRequests++;
        for (uint at = 0; at < lengthBytes; at += (uint)block.PageBytes)
        {
            int page = block.FirstPage + (int)((start + at) / (uint)block.PageBytes);
            session.Ram.Log?.Add(PageEventKind.Requested, page);
            session.Requests.Add(block, page);
        }
    }

    /// <summary>How long the bitmap of a block is, which follows its message; null where none is expected.</summary>
    public int? BitmapBytes(ReadOnlySpan<byte> name)
    {
        if (Find(name) is { } block && _awaited.Contains(block))
            return (block.PageCount + 63) / 64 * sizeof(ulong);
        session.Break("the destination sent a bitmap that was not asked for");
        return null;
    }

    /// <summary>What the destination has of a block.</summary>
    public void TakeBitmap(ReadOnlySpan<byte> name, ReadOnlySpan<byte> received)
    {
        if (Find(name) is not { } block || !_awaited.Remove(block))
            return;
        session.Ram.TakeReceived(block, received);
    }

    /// <summary>The return path has ended. Nothing after SHUT.</summary>
    public void Closed()
    {
        if (Shut is null)
            session.Break("the return path was closed");
    }

    private GuestBlock? Find(ReadOnlySpan<byte> name)
    {
        string text = Encoding.ASCII.GetString(name);
        foreach (GuestBlock block in session.Guest.Ram.Blocks)
        {
            if (block.Name == text)
                return block;
        }

        return null;
    }
}
