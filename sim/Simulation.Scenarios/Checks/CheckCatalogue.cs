namespace Simulation.Scenarios.Checks;

/// <summary>All properties.</summary>
public static class CheckCatalogue
{
    /// <summary>The checks, the most telling first: a run is reported by the first that it violates.</summary>
    public static IReadOnlyList<ICheck> All { get; } =
    [
        new DestinationNeverThrows(),
        new EveryRunEnds(),
        new StatusHistoryIsAPath(),
        new VerdictEqualsOracle(),
        new PausesHaveACause(),
        new LossesAreNoticedAtOnce(),
        new FailureIsNoEnd(),
        new RamEqualsSourceAtSwitchover(),
        new RamEqualsOracle(),
        new ReadsSeeTheLatestWrite(),
        new StoppedGuestTouchesNothing(),
        new PagesArePlacedOnce(),
        new BitmapsSayWhatWasPlaced(),
        new TouchedPagesAreRequested(),
        new CountersEqualWireRecords(),
        new CountersEqualSource(),
        new NoPageArrivesUncounted(),
        new PostcopyPagesAreCounted(),
        new CountersNeverGoBack(),
        new RemainingHasNotArrived(),
        new BytesBelongToTheirPhase(),
        new RatesFollowCounters(),
        new CompletedNeverBeforeStatistics(),
        new TimesEqualVirtualTimes(),
        new BlockTimeEqualsWaits(),
        new AddressWhileUnderWay(),
        new EventsInOrder(),
        new FailedRunNeverStartsGuest(),
        new GuestRunsAsMigrated(),
        new RepliesFollowModel(),
        new ShutZeroExactlyWhenCompleted(),
        new ReturnPathBytesAreAsTold(),
        new AtMostOneRunner(),
        new BothSidesAgree(),
        new StrangersAreRefused(),
        new ControlPlaneAnswers(),
        new DescriptorsAreClosedOnce(),
        new HostEndsAsTold(),
        new MemoryStaysBounded(),
    ];
}
