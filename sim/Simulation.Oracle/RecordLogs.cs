namespace Simulation.Oracle;

/// <summary>The record logs of all connections, kept from one migration to the next for their storage.</summary>
internal sealed class RecordLogs
{
    private readonly List<RecordLog> _logs = [];

    /// <summary>Forgets what the last migration's connections carried.</summary>
    public void Clear()
    {
        foreach (RecordLog log in _logs)
            log.Clear();
    }

    /// <summary>The log of a connection.</summary>
    /// <param name="connection">0 for main, then the multifd connections as they were accepted.</param>
    public RecordLog Of(int connection)
    {
        while (_logs.Count <= connection)
            _logs.Add(new RecordLog());
        return _logs[connection];
    }
}
