namespace Simulation.Oracle;

/// <summary>
/// Reads a whole migration and says what a destination must make of it: an independent reference for the loader.
/// </summary>
/// <remarks>
/// It accepts what a real QEMU destination accepts, except where that crashes, hangs, corrupts memory or reports
/// something untrue
/// (stream reference, section 9.1): there the right outcome is failed. An instance keeps its guest RAM from read to
/// read, so it is
/// cheap to reuse and must not be shared between threads.
/// </remarks>
public sealed class OracleReader
{
    private readonly OracleRam _ram = new();
    private readonly RecordLogs _records = new();

    /// <summary>Reads a migration.</summary>
    /// <param name="input">The machine, its settings and every byte that reaches it.</param>
    /// <returns>The verdict; its RAM is overwritten by the next read of this instance.</returns>
    /// <exception cref="ArgumentException">The machine or the settings make no sense; never because of the peer's
    /// bytes.</exception>
    public OracleVerdict Read(OracleInput input)
    {
        Capabilities capabilities = new(input.Capabilities);
        _ram.Reset(input);
        _records.Clear();
        OracleMultifdReceiver? multifd =
            capabilities is { Multifd: true, MappedRam: false } ? new OracleMultifdReceiver(input, capabilities, _ram, _records) : null;
        PostcopyProgress progress = new();
        MainChannel main = new(input, capabilities, _ram, _records, multifd, progress);
        MigrationLegs legs = new(input, _ram, main, new PreemptChannel(input, capabilities, _ram, progress), multifd, progress, _records);
        legs.Read();
        if (!progress.HasRun)
            multifd?.AddFaults(legs.Faults, mainStopped: legs.Faults.Count > 0 || legs.Waiting is not null);
        return Judge(input, main, multifd, legs, progress);
    }

    private OracleVerdict Judge(
        OracleInput input, MainChannel main, OracleMultifdReceiver? multifd, MigrationLegs legs, PostcopyProgress progress)
    {
        OracleOutcome outcome = legs.IsPaused ? OracleOutcome.Paused
            : legs.Faults.Count > 0 ? OracleOutcome.Failed
            : legs.Waiting is not null ? OracleOutcome.Pending
            : OracleOutcome.Accepted;
        if (outcome is OracleOutcome.Accepted or OracleOutcome.Failed)
            main.Commands.Shut(outcome == OracleOutcome.Accepted);

        bool dependsOnTiming = legs.DependsOnTiming || multifd is { DependsOnTiming: true };
        return new OracleVerdict(main.Ram.Records, multifd?.Records ?? [])
        {
            Outcome = outcome,
            Faults = legs.Faults,
            OutcomeDependsOnTiming = dependsOnTiming,
            WaitingForConnection = outcome == OracleOutcome.Pending ? legs.Waiting : null,
            Sections = main.Sections,
            Commands = main.Commands.Commands,
            Configuration = main.Configuration,
            MigratedRunState = main.GlobalState?.RunState,
            MigratedGuestWasSuspended = main.GlobalState is { WasSuspended: true },
            FinalRunState = progress.HasRun ? GlobalState.AfterPostcopy(main.GlobalState, input.Machine.Autostart)
                : outcome == OracleOutcome.Accepted || dependsOnTiming ? GlobalState.Final(main.GlobalState, input.Machine.Autostart)
                : "inmigrate",
            ReturnPath = main.ReturnPath,
            BytesConsumed = legs.BytesConsumed - input.MainStart,
            ChannelBytesConsumed = multifd?.BytesConsumed ?? [],
            ChannelBytesMet = multifd?.BytesMet ?? [],
            BlockListEnd = main.Ram.BlockListEnd is { } end ? end - input.MainStart : long.MaxValue,
            Meetings = multifd?.Meetings ?? [],
            MappedPages = main.Ram.MappedPages,
            Ram = _ram,
            Postcopy = progress.Phase == OraclePostcopyPhase.None ? null : new OraclePostcopy(progress, legs.Legs),
        };
    }
}
