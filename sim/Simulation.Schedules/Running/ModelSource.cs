using Qemu.Migration.Wire;
using Simulation.Schedules.Models;

namespace Simulation.Schedules.Running;

/// <summary>What the source learns from the return path, whatever the connection, and what it makes of it. Like <see cref="ModelChannel"/>
/// it takes no locks.</summary>
/// <param name="witness">Told what no destination may say.</param>
internal sealed class ModelSource(RunWitness witness)
{
    private readonly SortedSet<int> _requested = [];
    private readonly List<TaskCompletionSource> _waiting = [];
    private byte[] _bitmap = [];
    private bool _bitmapFollows;

    /// <summary>The destination has paused: what it asked for on the connection that was lost is void.</summary>
    public void Pause()
    {
        _requested.Clear();
        _bitmap = [];
        _bitmapFollows = false;
    }

    /// <summary>Whether the source leaves a portion out: the destination has what it brings.</summary>
    /// <param name="portion">The portion.</param>
    public bool Skips(in ModelPortion portion) =>
        portion.Again >= 0 && _bitmap.Length > 0 && (_bitmap[portion.Again / 8] >> (portion.Again % 8) & 1) != 0;

    /// <summary>Whether the source waits before it says a portion.</summary>
    /// <param name="portion">The portion.</param>
    public bool Holds(in ModelPortion portion) =>
        (portion.Requested >= 0 && !_requested.Contains(portion.Requested)) || (portion.NeedsBitmap && _bitmap.Length == 0);

    /// <summary>Who waits for something of the return path is told to look again when anything comes.</summary>
    /// <param name="signal">Completed then.</param>
    public void Await(TaskCompletionSource signal) => _waiting.Add(signal);

    /// <summary>The destination has said something.</summary>
    /// <param name="bytes">A whole message, or a bitmap.</param>
    public void Receive(ReadOnlySpan<byte> bytes)
    {
        if (_bitmapFollows)
            TakeBitmap(bytes);
        else if (ReturnPathMessage.TryRead(bytes, out ReturnPathMessage message, out int consumed) != DecodeStatus.Done || consumed != bytes.Length)
            witness.Report("ReturnPathDecodes", $"{bytes.Length} bytes of the return path that are no message");
        else
            Take(message);
        TaskCompletionSource[] waiting = [.. _waiting];
        _waiting.Clear();
        foreach (TaskCompletionSource signal in waiting)
            signal.TrySetResult();
    }

    private void Take(in ReturnPathMessage message)
    {
        switch (message.Type)
        {
            case ReturnPathMessageType.RequestPages or ReturnPathMessageType.RequestPagesId:
                int page = (int)(message.Start / ModelStream.PageBytes);
                bool isNamed = message.Type == ReturnPathMessageType.RequestPagesId;
                if (_requested.Count == 0 && !isNamed)
                    witness.Report("RequestsNameTheirBlock", $"the first request on a connection, for page {page}, names no block");
                if (!_requested.Add(page))
                    witness.Report("PageIsRequestedOnce", $"page {page} was requested twice on one connection");
                break;
            case ReturnPathMessageType.RecvBitmap:
                _bitmapFollows = true;
                break;
            default:
                break;
        }
    }

    private void TakeBitmap(ReadOnlySpan<byte> bytes)
    {
        _bitmapFollows = false;
        if (RecoveryBitmap.TryRead(bytes, out RecoveryBitmap bitmap, out _) == DecodeStatus.Done)
            _bitmap = bitmap.Bits.ToArray();
        else
            witness.Report("ReturnPathDecodes", $"{bytes.Length} bytes that are no bitmap");
    }
}
