using System.Runtime.InteropServices;
using Simulation.Source.MappedRam;

namespace Simulation.Scenarios.Observing;

/// <summary>What a connection is for the destination, by its first four bytes.</summary>
public enum ConnectionRole
{
    /// <summary>It has not said four bytes, or others than a migration begins with.</summary>
    Stranger,

    /// <summary>The main channel.</summary>
    Main,

    /// <summary>A multifd channel.</summary>
    Multifd,

    /// <summary>The main channel of a recovery.</summary>
    Recovery,

    /// <summary>The channel for urgent pages.</summary>
    Preempt,
}

/// <summary>Everything that the destination has read from one connection: the truth, whatever the source had sent. The bytes stand where
/// they were read from.</summary>
public sealed class ReceivedStream
{
    private readonly List<byte> _sent = [];
    private readonly List<(long Time, int Count)> _reads = [];

    /// <summary>The connection's name: "main", "multifd/N", "preempt/N", "recovery/N", "stranger/N".</summary>
    public string Name { get; private set; } = "";

    /// <summary>The name of the destination's task that serves it; empty where none does.</summary>
    public string TaskName { get; set; } = "";

    /// <summary>What it is by its first four bytes.</summary>
    public ConnectionRole Role { get; set; }

    /// <summary>Whether the source made it when the migration had begun: for urgent pages, or to recover it.</summary>
    public bool IsOfPostcopy => Name.StartsWith("preempt/", StringComparison.Ordinal) || Name.StartsWith("recovery/", StringComparison.Ordinal);

    /// <summary>Its place among the connections, in the order in which they came.</summary>
    public int Index { get; private set; }

    /// <summary>The bytes read.</summary>
    public ReadOnlyMemory<byte> Bytes { get; private set; }

    /// <summary>The holes of a file, in ascending order: <see cref="Bytes"/> is what is stored beside them.</summary>
    public IReadOnlyList<FileHole> Holes { get; set; } = [];

    /// <summary>Where in its file the stream begins, in bytes.</summary>
    public long OriginBytes { get; set; }

    /// <summary>The bytes that the destination has written to it.</summary>
    public ReadOnlySpan<byte> Sent => CollectionsMarshal.AsSpan(_sent);

    /// <summary>How many bytes were read.</summary>
    public int Count => Bytes.Length;

    /// <summary>Whether the destination has learned that nothing more comes: from the source or by a fault, not by its own
    /// shutdown.</summary>
    public bool HasEnded { get; set; }

    /// <summary>When it learned that, in virtual time; null where it has not, or had shut the connection down before.</summary>
    public long? EndedNanoseconds { get; set; }

    /// <summary>Whether that end was a failure of the connection.</summary>
    public bool HasFailed { get; set; }

    /// <summary>Whether it came when the migration had ended already.</summary>
    public bool IsLate { get; set; }

    /// <summary>Whether the destination shut the connection down, or its reading.</summary>
    public bool IsShut { get; set; }

    /// <summary>Whether the task that serves the connection was the first to shut it down: nobody had stopped it before.</summary>
    public bool LeftByItself { get; set; }

    /// <summary>Whether the connection is served to its end.</summary>
    public bool IsDone { get; set; }

    /// <summary>Place among the connections in the order in which their fourth byte was read; -1 before.</summary>
    public int RecognizedAs { get; set; } = -1;

    /// <summary>The most bytes that were asked for in one read.</summary>
    public int LargestReadBytes { get; set; }

    /// <summary>Reads of fewer bytes than the four that tell what a connection is, or of part of a header.</summary>
    public int ReadCount { get; private set; }

    /// <summary>Starts again for another connection.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="index">Its place among the connections.</param>
    public void Reset(string name, int index)
    {
        Name = name;
        Index = index;
        TaskName = "";
        Role = ConnectionRole.Stranger;
        Bytes = default;
        Holes = [];
        OriginBytes = 0;
        _sent.Clear();
        _reads.Clear();
        HasEnded = HasFailed = IsShut = IsDone = IsLate = LeftByItself = false;
        EndedNanoseconds = null;
        RecognizedAs = -1;
        LargestReadBytes = ReadCount = 0;
    }

    /// <summary>Adds what was written.</summary>
    /// <param name="bytes">The bytes.</param>
    public void NoteSent(ReadOnlySpan<byte> bytes) => _sent.AddRange(bytes);

    /// <summary>Notes a read.</summary>
    /// <param name="bytes">All bytes read so far; they must stay as they are until the next run.</param>
    /// <param name="timeNanoseconds">Virtual time.</param>
    public void NoteRead(ReadOnlyMemory<byte> bytes, long timeNanoseconds)
    {
        Bytes = bytes;
        ReadCount++;
        if (_reads.Count > 0 && _reads[^1].Time == timeNanoseconds)
            _reads[^1] = (timeNanoseconds, bytes.Length);
        else
            _reads.Add((timeNanoseconds, bytes.Length));
    }

    /// <summary>The last read up to a moment.</summary>
    /// <param name="timeNanoseconds">The moment, in virtual time.</param>
    /// <returns>Its time, and how many bytes had been read by then; nothing where there was none.</returns>
    public (long Time, int Count)? LastReadUpTo(long timeNanoseconds)
    {
        int low = 0;
        int high = _reads.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_reads[middle].Time <= timeNanoseconds)
                low = middle + 1;
            else
                high = middle;
        }
        return low == 0 ? null : _reads[low - 1];
    }
}
