namespace Simulation.Oracle;

/// <summary>Reads the connections that carry urgent pages in postcopy (stream reference, section 6.4).</summary>
/// <remarks>No header, no sections: records as in the <c>ram</c> section, up to an EOS, which none but old sources send.</remarks>
internal sealed class PreemptChannel
{
    private readonly ByteCursor _cursor;
    private readonly PostcopyRam _ram;

    public PreemptChannel(OracleInput input, Capabilities capabilities, OracleRam ram, PostcopyProgress progress)
    {
        IsUsed = capabilities.PostcopyPreempt;
        _cursor = new ByteCursor(OracleFault.PreemptConnection, OrSilence(input.Preempt));
        _ram = new PostcopyRam(_cursor, input.Machine, capabilities, ram, new LastBlock(), progress);
    }

    /// <summary>Whether there is one in this migration.</summary>
    public bool IsUsed { get; }

    public long Position => _cursor.Position;

    /// <summary>Reads what the connection of this leg has brought.</summary>
    /// <param name="records">Takes the ends of page records.</param>
    /// <returns>Why nothing further can be read, be it only that the connection has ended; null where it is whole.</returns>
    public OracleFault? Read(RecordLog records)
    {
        try
        {
            _ram.Read(records);
            return null;
        }
        catch (OracleFaultException exception)
        {
            return exception.Fault;
        }
        catch (OraclePendingException)
        {
            return null;
        }
    }

    /// <summary>Whether it has brought a page that is not settled yet.</summary>
    public bool Brings(OracleRamBlock block, long offset) => _ram.Brings(block, offset);

    /// <summary>Places the pages that the connection has brought.</summary>
    /// <param name="records">Learns which pages came first.</param>
    /// <param name="leg">The leg that is over, counted from 0.</param>
    /// <param name="isCertain">Whether they were placed for certain.</param>
    public void Settle(RecordLog records, int leg, bool isCertain) => _ram.Settle(records, leg, OracleFault.PreemptConnection, isCertain);

    /// <summary>Goes on with the connection of a recovery.</summary>
    public void Recover(OracleConnection? connection) => _cursor.GoOnWith(OrSilence(connection));

    private static OracleConnection OrSilence(OracleConnection? connection) => connection ?? new OracleConnection(default, Ended: false);
}
