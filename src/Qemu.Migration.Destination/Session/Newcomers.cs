namespace Qemu.Migration.Destination.Session;

/// <summary>The connections of a session that have not said yet what they are, in the order of accept, and how many have. It is used under
/// the session's lock, so that a connection is here or in the phase whenever somebody looks.</summary>
/// <param name="limits">How many connections there may be, and how long they may take.</param>
internal sealed class Newcomers(SessionLimits limits)
{
    private readonly LinkedList<Connection> _waiting = new();
    private int _introduced;

    /// <summary>Whether a connection has still to say what it is.</summary>
    public bool Any => _waiting.Count > 0;

    /// <summary>Whether there are as many connections as there may be.</summary>
    public bool IsFull => _introduced + _waiting.Count >= limits.Connections;

    /// <summary>A connection was accepted.</summary>
    /// <param name="connection">The connection.</param>
    public void Add(Connection connection) => _waiting.AddLast(connection);

    /// <summary>A connection has said what it is.</summary>
    /// <param name="connection">The connection.</param>
    /// <returns>False when it came too late: it is not waited for any more.</returns>
    public bool TryIntroduce(Connection connection)
    {
        bool isInTime = _waiting.Remove(connection);
        _introduced += isInTime ? 1 : 0;
        return isInTime;
    }

    /// <summary>A connection cannot be served.</summary>
    /// <param name="connection">The connection.</param>
    /// <returns>False when it made room already.</returns>
    public bool TryRemove(Connection connection) => _waiting.Remove(connection);

    /// <summary>A connection that has said what it is, is done with.</summary>
    public void Leave() => _introduced--;

    /// <summary>Whether a connection that came before another has still to say what it is.</summary>
    /// <param name="number">The other's number.</param>
    public bool AnyBefore(int number) => AnyBetween(-1, number);

    /// <summary>Whether a connection that came between two others has still to say what it is.</summary>
    /// <param name="first">The number of the one before.</param>
    /// <param name="last">The number of the one behind.</param>
    public bool AnyBetween(int first, int last) => _waiting.Any(waiting => waiting.Number > first && waiting.Number < last);

    /// <summary>Takes the oldest connection out where it has had its time.</summary>
    /// <param name="nowNanoseconds">The time.</param>
    /// <returns>The connection, or null.</returns>
    public Connection? TakeOverdue(long nowNanoseconds) =>
        _waiting.First?.Value is { } oldest && nowNanoseconds - oldest.SinceNanoseconds >= limits.Introduction.TotalNanoseconds
            ? TakeOldest() : null;

    /// <summary>Takes the oldest connection out, where it is another one.</summary>
    /// <param name="connection">The one that stays.</param>
    /// <returns>The connection, or null.</returns>
    public Connection? TakeOldestBefore(Connection connection) => _waiting.First?.Value == connection ? null : TakeOldest();

    /// <summary>Takes the oldest connection out.</summary>
    /// <returns>The connection, or null when all have said what they are.</returns>
    public Connection? TakeOldest()
    {
        Connection? oldest = _waiting.First?.Value;
        if (oldest is not null)
            _waiting.RemoveFirst();
        return oldest;
    }
}
