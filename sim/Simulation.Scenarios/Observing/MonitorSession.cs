namespace Simulation.Scenarios.Observing;

/// <summary>A command, or bytes that are none, that one reply belongs to.</summary>
/// <param name="Command">What it is.</param>
/// <param name="Text">Its bytes.</param>
public sealed record MonitorRequest(MonitorCommand Command, ReadOnlyMemory<byte> Text)
{
    /// <summary>How many of its bytes a server needs to know what to reply.</summary>
    public required int NeededBytes { get; init; }

    /// <summary>Its id as JSON; empty where it has none.</summary>
    public string Id { get; init; } = "";

    /// <summary>Which of several: of the cases that have a fixed reply, of descriptor sets, on or off.</summary>
    public int Variant { get; init; }

    /// <summary>The name that it speaks of, of a descriptor.</summary>
    public string? Name { get; init; }

    /// <summary>The pages that it touches, of the block that <see cref="Name"/> says.</summary>
    public Range Pages { get; init; }

    /// <summary>The file descriptor that goes with it, or null.</summary>
    public int? Descriptor { get; init; }
}

/// <summary>A request that was sent, and what became of it.</summary>
public sealed class MonitorExchange
{
    /// <summary>The session.</summary>
    public required MonitorSession Session { get; init; }

    /// <summary>What was sent.</summary>
    public required MonitorRequest Request { get; init; }

    /// <summary>At which byte of the session's stream the server knows what to reply.</summary>
    public required long EndBytes { get; init; }

    /// <summary>What it is.</summary>
    public MonitorCommand Command => Request.Command;

    /// <summary>Virtual time at which that byte was sent.</summary>
    public long SentNanoseconds { get; set; }

    /// <summary>Place among all observations of the run: of the read that brought that byte; -1 where it was not read.</summary>
    public int Order { get; set; } = -1;

    /// <summary>The first <see cref="Order"/> of those that came with the same read.</summary>
    public int ReadOrder { get; set; } = -1;

    /// <summary>Place among all observations of the run at which the host was done with what that read brought; the highest number where it
    /// was not.</summary>
    public int DoneOrder { get; set; } = int.MaxValue;

    /// <summary>Virtual time of that read.</summary>
    public long ReadNanoseconds { get; set; }

    /// <summary>The reply; null where none came.</summary>
    public MonitorLine? Reply { get; set; }

    /// <summary>What a reply to <c>query-migrate</c> says; null for every other command.</summary>
    public QueryReply? Query { get; set; }

    /// <summary>Whether it was carried out.</summary>
    public bool Succeeded => Reply is { Kind: MonitorLineKind.Return };

    /// <inheritdoc/>
    public override string ToString() => $"{Session.Name}: {Command} {Request.Variant} at {SentNanoseconds} ns";
}

/// <summary>A session of a monitor as its client saw it.</summary>
/// <param name="name">Its name: "qmp/0".</param>
/// <param name="delayNanoseconds">The longest way of a byte, one direction.</param>
public sealed class MonitorSession(string name, long delayNanoseconds)
{
    private readonly Queue<(long AtBytes, int Descriptor)> _descriptors = new();
    private int _read;
    private int _done;

    /// <summary>Its name.</summary>
    public string Name => name;

    /// <summary>The longest way of a byte, one direction, in nanoseconds.</summary>
    public long DelayNanoseconds => delayNanoseconds;

    /// <summary>What was sent, in this order.</summary>
    public List<MonitorExchange> Exchanges { get; } = [];

    /// <summary>The lines that were received.</summary>
    public List<MonitorLine> Lines { get; } = [];

    /// <summary>How many of the lines are replies.</summary>
    public int ReplyCount { get; set; }

    /// <summary>Bytes sent.</summary>
    public long SentBytes { get; set; }

    /// <summary>Place among all observations of the run at which the client ended its stream; the highest number before.</summary>
    public int LeftOrder { get; set; } = int.MaxValue;

    /// <summary>Virtual time at which it did; the highest number before.</summary>
    public long LeftNanoseconds { get; set; } = long.MaxValue;

    /// <summary>Virtual time up to which the client listened; the highest number where it did to the end.</summary>
    public long ListenedNanoseconds { get; set; } = long.MaxValue;

    /// <summary>Whether the server has ended the session.</summary>
    public bool IsEndedByServer { get; set; }

    /// <summary>The descriptor that went with bytes that completed no command, or null.</summary>
    public int? LooseDescriptor { get; set; }

    /// <summary>Notes a descriptor that goes with the next byte.</summary>
    /// <param name="descriptor">The descriptor.</param>
    public void Attach(int descriptor) => _descriptors.Enqueue((SentBytes, descriptor));

    /// <summary>Takes the descriptor that has come with the bytes read so far.</summary>
    /// <param name="readBytes">How many bytes the server has read.</param>
    /// <returns>The descriptor, or null.</returns>
    public int? TakeDescriptor(long readBytes) =>
        _descriptors.TryPeek(out (long AtBytes, int Descriptor) next) && next.AtBytes < readBytes ? _descriptors.Dequeue().Descriptor : null;

    /// <summary>Takes the next request that the bytes read so far complete.</summary>
    /// <param name="readBytes">How many bytes the server has read.</param>
    /// <returns>The request, or null.</returns>
    public MonitorExchange? TakeRead(long readBytes) =>
        _read < Exchanges.Count && Exchanges[_read].EndBytes <= readBytes ? Exchanges[_read++] : null;

    /// <summary>Notes that the host is done with all that it has read.</summary>
    /// <param name="order">Place among all observations of the run.</param>
    public void NoteDone(int order)
    {
        while (_done < _read)
            Exchanges[_done++].DoneOrder = order;
    }
}
