using Fuzzing.Engine;
using Fuzzing.Targets.Differential;
using Fuzzing.Targets.Inspection;
using Fuzzing.Targets.Monitors;
using Fuzzing.Targets.Postcopy;
using Fuzzing.Targets.Recipes;
using Fuzzing.Targets.Streams;
using Fuzzing.Targets.Text;

namespace Fuzzing.Targets;

/// <summary>All targets.</summary>
public static class TargetCatalogue
{
    private static readonly (string Name, Func<FuzzTarget> Make)[] Targets =
    [
        ("wire", () => new WireTarget()),
        ("main-stream", () => new MainStreamTarget()),
        ("main-stream-pc", () => new PcStreamTarget()),
        ("error-text", () => new ErrorTextTarget()),
        ("ram-section", () => new RamSectionTarget()),
        ("xbzrle-decode", () => new XbzrleDecodeTarget()),
        ("xbzrle-round-trip", () => new XbzrleRoundTripTarget()),
        ("multifd", () => new MultifdTarget()),
        ("postcopy", () => new PostcopyTarget()),
        ("mapped-ram", () => new MappedRamTarget()),
        ("return-path", () => new ReturnPathTarget()),
        ("qmp", () => new QmpTarget()),
        ("monitor", () => new MonitorTarget()),
        ("vm-description", () => new VmDescriptionTarget()),
        ("machine-profile", () => new MachineProfileTarget()),
        ("profile-merge", () => new ProfileMergeTarget()),
        ("dump", () => new DumpTarget()),
        ("describe", () => new DescribeTarget()),
        ("command-line", () => new CommandLineTarget()),
        ("recipe", () => new RecipeTarget()),
        ("differential", () => new DifferentialTarget()),
    ];

    /// <summary>The names of all targets.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Targets.Select(target => target.Name)];

    /// <summary>Makes a target.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>A new target, or null when there is none of that name.</returns>
    public static FuzzTarget? Create(string name) => Array.Find(Targets, target => target.Name == name).Make?.Invoke();

    /// <summary>Makes one of each.</summary>
    /// <returns>New targets in the order in which they are listed, made when they are asked for.</returns>
    public static IEnumerable<FuzzTarget> CreateAll() => Targets.Select(target => target.Make());
}
