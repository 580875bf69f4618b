using Simulation.Source.Guest;
using Simulation.Source.Precopy;
using Simulation.Source.Savevm;

namespace Simulation.Source.Postcopy;

/// <summary>
/// The preempt channel (stream reference, section 6.4): pages that the destination asked for, as records with a last block of their own,
/// without header. It ends without EOS, but for a source before 7.2.
/// </summary>
internal sealed class UrgentPages(SourceSession session, StreamBuffer output)
{
    private readonly RamRecordWriter _records = new(output) { InPostcopy = true };
    private bool _ends;
    private bool _isEosDue;

    /// <summary>Whether the EOS of a source before 7.2 is still to be sent.</summary>
    public bool IsEnding => _ends && (_isEosDue || output.PendingCount > 0);

    /// <summary>Whether the channel shall be connected.</summary>
    public bool IsWanted { get; private set; }

    /// <summary>Whether the channel is connected.</summary>
    public bool IsConnected { get; private set; }

    public void Want() => IsWanted = true;

    /// <summary>Begins on a new channel, whose reader knows no block yet.</summary>
    public void Connected()
    {
        IsConnected = true;
        _records.ForgetBlock();
    }

    /// <summary>The channel is of no use any more; another will be wanted.</summary>
    public void Disconnected()
    {
        (IsWanted, IsConnected) = (false, false);
        _ends = _isEosDue = false;
    }

    /// <summary>Notes that no page follows any more.</summary>
    public void End() => _ends = _isEosDue = session.Options.PreemptPre72;

    /// <summary>Writes the next record, if there is one.</summary>
    /// <returns>Whether there is something to send.</returns>
    public bool TryWriteNext()
    {
        if (!session.Requests.IsEmpty && session.Requests.TryTake(session.Ram.IsDirty, out GuestBlock block, out int page))
        {
            session.Ram.TakeRequested(page, goesOnBehind: false);
            session.Ram.SaveUrgent(_records, block, page);
        }
        else if (_isEosDue)
        {
            _isEosDue = false;
            _records.WriteEndOfRecords();
        }

        return output.PendingCount > 0;
    }
}
