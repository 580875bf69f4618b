using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Wire;
using Simulation.Engine.Fabric;
using Simulation.Engine.Probes;
using Simulation.Oracle;
using Simulation.Scenarios.Checks;
using Simulation.Scenarios.Observing;
using Simulation.Scenarios.Options;
using Simulation.Source.Multifd;
using Simulation.Source.Precopy;

namespace Simulation.Scenarios;

/// <summary>Finds in what was seen of a run the situations that occurred.</summary>
internal sealed class ProbeSpotter
{
    /// <summary>MIG_CMD_POSTCOPY_RAM_DISCARD.</summary>
    private const ushort DiscardCommand = 6;

    private readonly RunObservation _run;
    private readonly ProbeCounts _probes;

    private ProbeSpotter(RunObservation run, ProbeCounts probes)
    {
        _run = run;
        _probes = probes;
    }

    private bool IsCompleted => _run.FinalStatus == MigrationStatus.Completed;

    private bool IsFailed => _run.FinalStatus == MigrationStatus.Failed;

    /// <summary>Counts each situation that occurred once.</summary>
    public static void Spot(RunObservation run, ProbeCounts probes)
    {
        ProbeSpotter spotter = new(run, probes);
        spotter.SpotEnd();
        spotter.SpotRam();
        spotter.SpotBlocks();
        spotter.SpotMultifd();
        spotter.SpotStream();
        spotter.SpotConnections();
        spotter.SpotReturnPath();
        spotter.SpotMonitor();
        spotter.SpotGuest();
        spotter.SpotHost();
        if (run.Options.Migration.Postcopy is not null)
            spotter.SpotPostcopy();
        for (int i = 0; i < run.AppliedDeviations.Count; i++)
            spotter.When(run.AppliedDeviations[i], Probes.Of(run.Options.Deviations[i].Mode));
    }

    private void When(bool occurred, Probe probe)
    {
        if (occurred)
            _probes.Hit(probe);
    }

    private void SpotEnd()
    {
        When(IsCompleted, Probes.Completed);
        When(IsFailed && _run.Activation is not null, Probes.FailedFromActive);
        When(IsFailed && _run.Activation is null, Probes.FailedFromSetup);
        When(_run.FinalStatus == MigrationStatus.Setup, Probes.WaitsForConnection);
        When(_run.End is { } end && end.TimeNanoseconds - _run.Activation?.TimeNanoseconds < 1_000_000, Probes.TookNoTime);
    }

    private void SpotRam()
    {
        SourceStatistics source = _run.Source;
        long pages = _run.FinalStatistics.NormalPages + _run.FinalStatistics.ZeroPages + _run.FinalStatistics.XbzrlePages;
        MigrationOptions migration = _run.Options.Migration;
        When(pages > _run.FinalStatistics.UniquePages, Probes.PageTwice);
        When(_run.FinalStatistics.ZeroPages > 0 && _run.Options.PoisonByte is not null, Probes.ZeroOnPoison);
        When(_run.FinalStatistics.DowntimeBytes > 100, Probes.PageAfterSwitchover);
        When(source.DirtySyncCount >= 5, Probes.Iterations);
        When(source.Status == SourceStatus.Completed && source.Downtime > migration.DowntimeLimit, Probes.DowntimeExceeded);
        When(IsCompleted && migration.IgnoreShared && _run.Options.Blocks.Any(block => block.Shared), Probes.BlockIgnored);
        When(IsCompleted && _run.Options.Blocks.Count == 0, Probes.NoRam);
        When(_run.FinalStatistics.XbzrlePages > 0, Probes.XbzrleDelta);
        When(source.XbzrleOverflow > 0, Probes.XbzrleOverflow);
        When(source.XbzrlePages > source.XbzrleRecords + source.XbzrleOverflow, Probes.XbzrleSkip);
        When(source.XbzrleCacheMiss > 0, Probes.XbzrleMiss);
        When(IsCompleted && migration.MappedRam, Probes.MappedRam);
        When(IsCompleted && migration is { MappedRam: true, Multifd: true, MultifdChannels: > 1 }, Probes.MappedRamInParallel);
    }

    private void SpotBlocks()
    {
        IReadOnlyList<BlockOptions> blocks = _run.Options.Blocks;
        When(IsCompleted && blocks.Any(block => block.Pages > block.PagesHere && !block.Stays), Probes.BlockGrew);
        When(IsCompleted && blocks.Any(block => block.Pages < block.PagesHere && !block.Stays), Probes.BlockShrank);
        When(IsCompleted && blocks.Any(block => block.Stays), Probes.BlockStays);
        When(IsCompleted && blocks.Any(block => block is { Pages: 0, Stays: false }), Probes.BlockWithoutBytes);
        When(IsCompleted && blocks.Count(block => block.Name.Length > 32) > 1
            && blocks.Where(block => block.Name.Length > 32).DistinctBy(block => block.Name[..32]).Count() == 1, Probes.NamesAlike);
        When(IsCompleted && blocks.Count > 32, Probes.ManyBlocks);
        When(IsCompleted && _run.Options.Machine.HasRichDevices, Probes.RichDevices);
        When(IsCompleted && _run.Options.Machine.PageBits is not null && _run.FinalStatistics.UniquePages > 0, Probes.LargePages);
        When(IsFailed && _run.Options.Machine.HasRichDevices
            && _run.Error is { Code: StreamErrorCode.SubsectionVersionTooNew or StreamErrorCode.SectionVersionTooOld }, Probes.SubsectionVersion);
        When(IsCompleted && _run.Channels.Count > 8, Probes.ManyChannels);
        bool isMapped = IsCompleted && _run.Options.Migration.MappedRam;
        When(IsCompleted && blocks.Any(block => block.FreePages >= 1 << 20 && !block.Stays), Probes.FarPage);
        When(isMapped && blocks.Any(block => block.FreePages >= 1 << 15 && !block.Stays), Probes.LongBitmap);
        When(isMapped && _run.Options.Migration.FileOffset > 0, Probes.FileOffset);
    }

    private void SpotMultifd()
    {
        if (!_run.Options.Migration.Multifd || _run.Options.Migration.MappedRam)
            return;
        When(_run.Sites.MainWaited > 0, Probes.MainWaits);
        When(_run.Sites.ChannelsWaited > 0, Probes.ChannelsWait);
        When(_run.Error is { Channel: not "main" } || _run.Error?.Code == StreamErrorCode.MultifdChannelEnded, Probes.ChannelFault);
        When(IsCompleted && _run.Options.Migration.MultifdCompression != MultifdCompression.None, Probes.Compressed);
        When(_run.Main is { } main && _run.Channels.Exists(channel => channel.RecognizedAs < main.RecognizedAs), Probes.ChannelBeforeMain);
    }

    private void SpotStream()
    {
        bool isCorrupted = _run.Damage.Exists(done => done.Damage.Kind == DamageKind.Corrupted);
        bool isReset = _run.Streams.Any(stream => stream.HasFailed) && _run.Activation is not null;
        StreamError? error = _run.Error;
        When(error is { Code: StreamErrorCode.Truncated, Block: not null }, Probes.EndInsidePage);
        When(_run.Oracle?.Fault is { Kind: OracleFaultKind.Truncated } fault && fault.RecordOffset == fault.FieldOffset, Probes.EndBetween);
        When(_run.Options.Migration.Transport == Transport.File && error?.Code == StreamErrorCode.Truncated, Probes.FileEnds);
        When(isReset, Probes.Reset);
        When(isReset && _run.SwitchoverNanoseconds is not null, Probes.ResetAfterSwitchover);
        When(isCorrupted && IsCompleted, Probes.CorruptedAndAccepted);
        When(isCorrupted && IsFailed, Probes.CorruptedAndRejected);
        When(_run.Main is { } main && main.Count > 0 && main.ReadCount > 8 + (main.Count / 1000), Probes.ShortRead);
    }

    private void SpotConnections()
    {
        bool isIdle = _run.Options.Strangers.Any(stranger => stranger.Kind == StrangerKind.Idles);
        When(_run.Refused.Exists(name => name.StartsWith("stranger", StringComparison.Ordinal)), Probes.StrangerRefused);
        When(isIdle && IsCompleted && _run.Refused.Exists(name => name.StartsWith("stranger", StringComparison.Ordinal)), Probes.IdleClient);
        When(_run.SourceCameEarly, Probes.SourceEarly);
        for (int i = 0; i < _run.Options.Strangers.Count && IsCompleted; i++)
            When(_run.Options.Strangers[i].Kind == StrangerKind.Imitates && _run.Refused.Contains($"stranger/{i}"), Probes.SecondSource);
    }

    private void SpotReturnPath()
    {
        When(_run.ReturnPath.Exists(message => message is { Type: ReturnPathMessageType.Shut, Value: 0 }), Probes.ShutZero);
        When(_run.ReturnPath.Exists(message => message is { Type: ReturnPathMessageType.Shut, Value: 1 }), Probes.ShutOne);
        When(_run.ReturnPath.Exists(message => message.Type == ReturnPathMessageType.SwitchoverAck), Probes.SwitchoverAck);
        When(_run.Warnings.Exists(warning => warning.StartsWith("return path:", StringComparison.Ordinal)), Probes.ReturnPathLost);
        When(IsCompleted && _run.Source.Status == SourceStatus.Failed, Probes.LastMessageLost);
    }

    private void SpotMonitor()
    {
        foreach (QueryReply query in _run.Queries)
        {
            bool isLast = query.TimeNanoseconds == _run.End?.TimeNanoseconds;
            When(query.Status == "active", Probes.QueryWhileActive);
            When(query.Status == "active" && query.TimeNanoseconds >= _run.SwitchoverNanoseconds, Probes.QueryAfterSwitchover);
            When(query.Status == "active" && isLast, Probes.QueryAtTheEnd);
            When(query.IsTerminal && isLast, Probes.QueryBehindTheEnd);
        }

        int arrival = _run.RunStates.Count > 0 ? _run.RunStates[0].Order : int.MaxValue;
        foreach (MonitorExchange exchange in _run.Commands)
        {
            bool isUnderWay = exchange.Order > _run.Activation?.Order && !(exchange.Order > _run.End?.Order);
            bool isRefused = exchange.Reply is { Kind: MonitorLineKind.Error };
            When(exchange.Command == MonitorCommand.Stop && exchange.Order < arrival, Probes.StopBeforeArrival);
            When(exchange.Command == MonitorCommand.Continue && exchange.Order < arrival, Probes.ContinueBeforeArrival);
            When(exchange.Command == MonitorCommand.SwitchCapability && exchange.Succeeded && isUnderWay, Probes.CapabilitiesUnderWay);
            When(exchange.Command == MonitorCommand.BeginAgain && isRefused, Probes.SecondIncoming);
            When(exchange.Command == MonitorCommand.BeginAtTakenAddress && isRefused && IsCompleted, Probes.TransportRetried);
            When(exchange.Command == MonitorCommand.Malformed && isRefused && isUnderWay, Probes.MalformedUnderWay);
            When(exchange.Command == MonitorCommand.BeginAgain && isRefused && IsFailed && exchange.Order > _run.End?.Order, Probes.SecondAttempt);
            When(exchange.Order != exchange.ReadOrder, Probes.CommandsInOneRead);
        }

        When(_run.Options.Monitor.SetsUpByCommand && IsCompleted, Probes.SetUpByCommand);
        When(_run.Sessions.Count(session => session.ReplyCount > 0) > 1, Probes.SeveralSessions);
        When(_run.Sessions.Exists(session => session.LeftOrder != int.MaxValue), Probes.SessionLost);
        When(_run is { QuitMicroseconds: not null, Activation: null, FinalStatus: MigrationStatus.Setup }, Probes.QuitInSetup);
        When(_run.QuitMicroseconds is not null && _run.LeavesOrder > _run.Activation?.Order && !(_run.LeavesOrder > _run.End?.Order), Probes.QuitWhileActive);
        When(_run.QuitMicroseconds is not null && IsCompleted && _run.LeavesOrder > _run.End?.Order, Probes.QuitWhenCompleted);
        When(_run.LeavesNanoseconds is not null && _run.QuitMicroseconds is null, Probes.ExitOnError);
        When(_run.ClosedDescriptors.Count > 0, Probes.DescriptorClosed);
    }

    private void SpotHost()
    {
        HostOptions host = _run.Options.Host;
        long normal = _run.FinalStatistics.NormalPages;
        bool isWrittenThrough = host.Memory == MemoryKind.WrittenThrough && normal > 0;
        When(_run.ReadsInPlace > 1 && normal > 0, Probes.ReadInPlace);
        When(_run.Streams.Any(stream => stream.HasFailed) && host.Channel == ChannelKind.Records, Probes.EndWithoutGoodbye);
        When(IsCompleted && _run.Options.Migration.MappedRam && host.Channel == ChannelKind.Lent, Probes.FileLent);
        When(isWrittenThrough, Probes.WrittenThrough);
        When(isWrittenThrough && host.RefusesAfterBytes > 0 && host.RefusesAfterBytes < normal * _run.PageBytes, Probes.WriteRefused);
    }

    private void SpotPostcopy()
    {
        bool hasRun = _run.Oracle?.Postcopy is { HasRun: true };
        int recoveries = _run.Statuses.Count(change => change.From == MigrationStatus.PostcopyRecover && change.To == MigrationStatus.PostcopyActive);
        When(IsCompleted && hasRun, Probes.PostcopyCompleted);
        When(IsCompleted && !hasRun, Probes.PostcopyNotNeeded);
        When(_run.Accesses.Exists(access => access.WasMissing && access.EndNanoseconds > access.BeginNanoseconds), Probes.PostcopyFault);
        When(_run.FinalStatistics.UrgentPages > 0, Probes.PostcopyUrgent);
        When(hasRun && _run.FinalStatistics.DiscardedPages > 0, Probes.PostcopyDiscarded);
        When(hasRun && _run.Oracle!.Commands.All(command => command.Command != DiscardCommand), Probes.PostcopyWithoutDiscard);
        When(_run.WasPaused, Probes.PostcopyPaused);
        When(IsFailed && _run.Statuses.Exists(change => change.To == MigrationStatus.PostcopyActive), Probes.PostcopyFailed);
        When(recoveries > 0, Probes.PostcopyRecovered);
        When(_run.Commands.Exists(TouchedPagesAreRequested.IsTouch), Probes.PostcopyTouchedByMonitor);
        When(recoveries > 1, Probes.PostcopyRecoveredTwice);
        When(_run.Statuses.Exists(change => change.From == MigrationStatus.PostcopyRecover && change.To == MigrationStatus.PostcopyPaused), Probes.PostcopyLostInRecovery);
        foreach (StatusChange lost in _run.Statuses.Where(change => change.To == MigrationStatus.PostcopyPaused))
        {
            When(
                _run.Accesses.Exists(access => access.BeginOrder < lost.Order && access.EndNanoseconds > lost.TimeNanoseconds),
                Probes.PostcopyFaultAcrossRecovery);
        }
    }

    private void SpotGuest()
    {
        bool jumpsBack = _run.Options.Faults.Any(fault => fault is { Kind: FaultKind.WallClockJump, DurationNanoseconds: < 0 }
            && fault.AtNanoseconds > _run.Activation?.TimeNanoseconds && fault.AtNanoseconds < _run.End?.TimeNanoseconds);
        When(jumpsBack, Probes.WallClockBack);
        if (!IsCompleted || _run.RunStates.Count == 0)
            return;
        RunState arrived = _run.RunStates[0].To;
        When(arrived == RunState.Paused && _run.Options.Machine is { StartsPaused: true, RunState: null }, Probes.ArrivedPaused);
        When(arrived is not (RunState.Running or RunState.Suspended or RunState.Paused), Probes.ArrivedNotLive);
    }
}
