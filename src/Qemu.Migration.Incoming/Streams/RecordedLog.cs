using System.Text.Json;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Memory;
using Qemu.Migration.Incoming.Channels;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Incoming.Streams;

/// <summary>
/// The order in which a recording's bytes came, over all of its connections, <c>log.jsonl.zst</c>: a line for each piece,
/// <c>[seconds, connection, "fwd"|"back", offset, length]</c>. A replay in that order has the recorded guest's touches too: it touches a
/// page when the recorded destination asked for it.
/// </summary>
internal sealed class RecordedLog
{
    private readonly Line[] _lines;
    private readonly ReplayedChannel[] _connections;
    private readonly ReadOnlyMemory<byte>[] _answers;
    private readonly int[] _answersRead;
    private string? _requestedBlock;

    private RecordedLog(Line[] lines, ReadOnlyMemory<byte>[] sent, ReadOnlyMemory<byte>[] answers)
    {
        _lines = lines;
        _connections = [.. sent.Select((bytes, number) => new ReplayedChannel($"connection {number}", bytes))];
        _answers = answers;
        _answersRead = new int[answers.Length];
    }

    /// <summary>Reads a log.</summary>
    /// <param name="text">Its lines.</param>
    /// <param name="sent">What the source sent on each connection.</param>
    /// <param name="answers">What the destination sent on each connection.</param>
    /// <returns>The log.</returns>
    /// <exception cref="FormatException">It is no log of these connections.</exception>
    public static RecordedLog Read(string text, ReadOnlyMemory<byte>[] sent, ReadOnlyMemory<byte>[] answers)
    {
        Line[] lines = [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(ReadLine)];
        return Array.TrueForAll(lines, line => line.Connection >= 0 && line.Connection < sent.Length && line.End >= 0)
            ? new(lines, sent, answers)
            : throw new FormatException("its log names a connection that it does not have");
    }

    /// <summary>Connections on which nothing ever came: a channel for urgent pages, where none was urgent.</summary>
    public IEnumerable<string> SilentConnections => _connections.Where(connection => connection.IsSilent).Select(connection => connection.Name);

    /// <summary>Replays the log.</summary>
    /// <param name="migration">The migration, begun.</param>
    /// <param name="takeTurns">Runs until everything waits.</param>
    /// <returns>The tasks that served the connections.</returns>
    public List<Task> Replay(IncomingMigration migration, Action takeTurns)
    {
        List<Task> tasks = [];
        int attached = 0;
        foreach (Line line in _lines)
        {
            // A connection without bytes has no line in the log. It came before the next one.
            for (; attached <= line.Connection || (attached == 1 && attached < _connections.Length && !_connections[attached].IsRecovery); attached++)
            {
                if (_connections[attached].IsRecovery)
                    EndAll(attached, takeTurns);
                tasks.Add(migration.AttachAsync(_connections[attached]));
                takeTurns();
            }
            if (line.IsSent)
                _connections[line.Connection].Deliver(line.End);
            else
                Touch(migration, line);
            takeTurns();
        }
        EndAll(attached, takeTurns);
        return tasks;
    }

    private static Line ReadLine(string text)
    {
        using JsonDocument line = JsonDocument.Parse(text);
        JsonElement items = line.RootElement;
        return new(items[1].GetInt32(), items[2].GetString() == "fwd", items[3].GetInt32() + items[4].GetInt32());
    }

    // The source disconnected when the next one came, or at the end.
    private void EndAll(int count, Action takeTurns)
    {
        foreach (ReplayedChannel connection in _connections.Take(count).Where(connection => !connection.HasPeerEnded))
        {
            connection.End();
            takeTurns();
        }
    }

    private void Touch(IncomingMigration migration, Line line)
    {
        while (_answersRead[line.Connection] < line.End)
        {
            ReadOnlySpan<byte> left = _answers[line.Connection].Span[_answersRead[line.Connection]..];
            if (ReturnPathMessage.TryRead(left, out ReturnPathMessage message, out int consumed) != DecodeStatus.Done)
                return;
            if (message.Type == ReturnPathMessageType.RecvBitmap)
            {
                if (RecoveryBitmap.TryRead(left[consumed..], out _, out int bitmapBytes) != DecodeStatus.Done)
                    return;
                consumed += bitmapBytes;
            }
            else if (message.Type is ReturnPathMessageType.RequestPages or ReturnPathMessageType.RequestPagesId)
            {
                if (message.Type == ReturnPathMessageType.RequestPagesId)
                    _requestedBlock = CString.Text(message.Block);
                RamBlock? block = migration.Memory.Blocks.FirstOrDefault(b => b.Name == _requestedBlock);
                if (block is not null && message.Start < (ulong)block.UsedLengthBytes)
                    migration.Touch(block, (long)message.Start >> migration.Memory.PageShift, 1);
            }
            _answersRead[line.Connection] += consumed;
        }
    }

    private readonly record struct Line(int Connection, bool IsSent, int End);
}
