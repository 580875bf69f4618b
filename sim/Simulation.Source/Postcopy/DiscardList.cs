using System.Text;
using Qemu.Migration.Wire;
using Simulation.Source.Guest;
using Simulation.Source.Precopy;
using Simulation.Source.Savevm;

namespace Simulation.Source.Postcopy;

/// <summary>
/// Tells the destination which pages it shall throw away: those that are still to send, block after block, at most 12 ranges a command
/// (stream reference, section 6.1). A block without such pages has no command.
/// </summary>
internal sealed class DiscardList(SourceSession session)
{
    /// <summary>MAX_DISCARDS_PER_COMMAND.</summary>
    private const int RangesPerCommand = 12;

    private readonly (ulong Start, ulong LengthBytes)[] _ranges = new (ulong, ulong)[RangesPerCommand];
    private readonly byte[] _payload = new byte[3 + Limits.NameBytes + (RangesPerCommand * RamDiscard.RangeBytes)];
    private int _count;

    /// <summary>Writes the commands.</summary>
    public void Write()
    {
        foreach (GuestBlock block in session.Guest.Ram.Blocks)
        {
            int page = session.Ram.NextDirty(block.FirstPage, block.EndPage);
            while (page < block.EndPage)
            {
                int end = EndOfRange(block, page);
                _ranges[_count++] = ((ulong)block.OffsetOf(page), (ulong)(end - page) * (uint)block.PageBytes);
                if (_count == RangesPerCommand)
                    WriteCommand(block);
                page = session.Ram.NextDirty(end, block.EndPage);
            }

            if (_count > 0)
                WriteCommand(block);
        }
    }

    private int EndOfRange(GuestBlock block, int page)
    {
        RamSaver ram = session.Ram;
        int end = page;
        do
        {
            session.Counters.PagesDiscarded++;
            ram.Log?.Add(PageEventKind.Discarded, end);
        }
        while (++end < block.EndPage && ram.IsDirty(end));
        return end;
    }

    private void WriteCommand(GuestBlock block)
    {
        int count = RamDiscard.Write(_payload, Encoding.ASCII.GetBytes(block.Name), _ranges.AsSpan(0, _count));
        session.Savevm.WriteCommand(CommandType.PostcopyRamDiscard, _payload.AsSpan(0, count));
        _count = 0;
    }
}
