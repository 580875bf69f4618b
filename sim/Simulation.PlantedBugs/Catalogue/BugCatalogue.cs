namespace Simulation.PlantedBugs.Catalogue;

/// <summary>
/// The bugs that the harness is measured by: the flaws of the statistics as posted and the faults of real versions (stream reference,
/// sections 8 and 9) as far as this destination has the code for them, and the classic slips of such code. Each changes what can be
/// seen; an edit without effect does not belong here.
/// </summary>
public static class BugCatalogue
{
    /// <summary>All bugs, by the part of the destination that they are in.</summary>
    public static IReadOnlyList<PlantedBug> All { get; } =
    [
        .. ReaderBugs.All,
        .. SectionBugs.All,
        .. ConfigurationBugs.All,
        .. RamBugs.All,
        .. BlockBugs.All,
        .. FarPlaceBugs.All,
        .. PageSizeBugs.All,
        .. XbzrleBugs.All,
        .. MappedRamBugs.All,
        .. MultifdBugs.All,
        .. HostBugs.All,
        .. MeetingBugs.All,
        .. StatisticsBugs.All,
        .. LifecycleBugs.All,
        .. QmpBugs.All,
        .. PostcopyBugs.All,
        .. PostcopyRecoveryBugs.All,
        .. LethalBugs.All,
        .. ScheduleBugs.All,
    ];

    /// <summary>Finds a bug.</summary>
    /// <param name="id">Its id.</param>
    /// <returns>The bug, or null.</returns>
    public static PlantedBug? Find(string id) => All.FirstOrDefault(bug => bug.Id == id);

    /// <summary>Makes an entry.</summary>
    internal static PlantedBug Bug(
        string file, string id, string source, string title, string snippet, string replacement,
        BugKind kind = BugKind.Sequential, string? blindSpot = null) => new()
        {
            Id = id,
            Source = source,
            Title = title,
            Kind = kind,
            File = file,
            Snippet = snippet,
            Replacement = replacement,
            BlindSpot = blindSpot,
        };
}
