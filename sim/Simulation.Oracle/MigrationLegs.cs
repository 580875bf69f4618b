namespace Simulation.Oracle;

/// <summary>
/// Reads a migration from leg to leg: up to the first loss of its connections, and, where its guest runs here by then, from each recovery
/// to the next loss (stream reference, section 6.5).
/// </summary>
internal sealed class MigrationLegs(
    OracleInput input, OracleRam ram, MainChannel main, PreemptChannel preempt, OracleMultifdReceiver? multifd, PostcopyProgress progress,
    RecordLogs logs)
{
    private readonly List<OracleLeg> _legs = [];

    public IReadOnlyList<OracleLeg> Legs => _legs;

    /// <summary>Why the migration failed, or why it is paused.</summary>
    public List<OracleFault> Faults { get; private set; } = [];

    /// <summary>The connection on which it waits; null where it does not.</summary>
    public int? Waiting { get; private set; }

    /// <summary>Whether the guest runs here and the connections are lost.</summary>
    public bool IsPaused { get; private set; }

    /// <summary>Whether timing decides if it has completed or is paused.</summary>
    public bool DependsOnTiming { get; private set; }

    /// <summary>Bytes of the first main connection that were read.</summary>
    public long BytesConsumed { get; private set; }

    /// <summary>Reads everything.</summary>
    public void Read()
    {
        ReadLeg(0, main.Read);
        BytesConsumed = main.Position;
        for (int leg = 1; IsPaused && leg <= input.Recoveries.Count; leg++)
        {
            OracleRecovery connections = input.Recoveries[leg - 1];
            preempt.Recover(connections.Preempt);
            RecordLog records = logs.Of(LogOf(leg));
            ReadLeg(leg, () => main.Recover(connections, records));
        }
    }

    private int LogOf(int leg) => leg == 0 ? 0 : 1 + input.Channels.Count + 2 * leg;

    private void ReadLeg(int leg, Action read)
    {
        RecordLog urgent = logs.Of(1 + input.Channels.Count + 2 * leg + 1);
        Faults = [];
        Waiting = null;
        IsPaused = false;
        bool isOver = ReadMain(leg, read);

        // A guest that has all its pages runs on without dirty bitmaps.
        if (progress.HasRun && !progress.IsOfRam && Faults.Count > 0)
        {
            Faults = [];
            isOver = true;
        }

        OracleFault? loss = progress.ListenedAt is null ? null : preempt.Read(urgent);

        // Main has brought all that it had, and the guest waits for a page which the channel for urgent pages has not brought: where none
        // will bring it the connections are as good as lost.
        OracleConnection connection = ConnectionOf(leg);
        bool isMainOver = isOver;
        if (isOver && Misses(leg))
        {
            isOver = false;
            progress.Phase = OraclePostcopyPhase.Running;
            Waiting = OracleFault.PreemptConnection;
        }

        // When one connection is lost, or a command ends both, the oracle cannot know how far the other one was read.
        bool isGivenUp = Waiting is not null && (leg < input.Recoveries.Count || connection.Abandoned || (isMainOver && connection.Ended));
        IsPaused = progress.HasRun && !isOver && (Faults.Count > 0 || loss is not null || isGivenUp);
        DependsOnTiming |= isOver && loss is { Kind: not OracleFaultKind.Truncated };
        if (loss is not null && !isOver)
            Faults.Add(loss);
        main.Settle(leg, isCertain: isMainOver || (loss is null && !isGivenUp));
        preempt.Settle(urgent, leg, isCertain: isOver || !IsPaused);
        _legs.Add(new OracleLeg(logs.Of(LogOf(leg)), urgent)
        {
            Faults = Faults,
            BytesConsumed = main.Position,
            PreemptBytesConsumed = preempt.Position,
            ResumedAt = leg == 0 || progress.ResumedAt.Count < leg ? null : progress.ResumedAt[leg - 1],
        });
        if (IsPaused && Faults.Count > 0)
            Waiting = null;
    }

    private OracleConnection ConnectionOf(int leg) => leg == 0 ? input.Main : input.Recoveries[leg - 1].Main;

    // Without a channel for urgent pages main brings them, and who waits for one at its end waits no longer.
    private bool Misses(int leg) => preempt.IsUsed && progress.IsOfRam
        && input.Requests.Any(request => request.Leg <= leg && IsMissing(ram[request.Block], request.Offset));

    private bool IsMissing(OracleRamBlock block, long offset) => !main.Brings(block, offset) && !preempt.Brings(block, offset)
        && !block.IsReceived((int)(offset / block.PageSize)) && !block.IsDoubtful((int)(offset / block.PageSize));

    private bool ReadMain(int leg, Action read)
    {
        try
        {
            if (leg == 0)
                multifd?.Connect();
            read();
            multifd?.Finish();
            main.ReadVmDescription();
            return true;
        }
        catch (OracleFaultException exception)
        {
            Faults.Add(exception.Fault);
        }
        catch (OraclePendingException exception)
        {
            Waiting = exception.Connection;

            // Before the guest runs here there is no way back: an order that ends the connection ends the migration.
            if (progress is { ListenedAt: not null, HasRun: false } && exception.Connection == 0 && ConnectionOf(leg).Abandoned)
                Faults.Add(main.Abandonment());
        }

        return false;
    }
}
