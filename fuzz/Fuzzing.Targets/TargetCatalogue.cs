using Fuzzing.Engine;
using Fuzzing.Targets.Differential;
using Fuzzing.Targets.Recipes;
using Fuzzing.Targets.Streams;
using Fuzzing.Targets.Text;

namespace Fuzzing.Targets;

/// <summary>All targets.</summary>
public static class TargetCatalogue
{
    private static readonly Func<FuzzTarget>[] Makers =
    [
        () => new MainStreamTarget(),
        () => new PcStreamTarget(),
        () => new RamSectionTarget(),
        () => new XbzrleDecodeTarget(),
        () => new XbzrleRoundTripTarget(),
        () => new MultifdTarget(),
        () => new MappedRamTarget(),
        () => new ReturnPathTarget(),
        () => new QmpTarget(),
        () => new VmDescriptionTarget(),
        () => new MachineProfileTarget(),
        () => new RecipeTarget(),
        () => new DifferentialTarget(),
    ];

    /// <summary>Makes a target.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>A new target, or null when there is none of that name.</returns>
    public static FuzzTarget? Create(string name) => CreateAll().FirstOrDefault(target => target.Name == name);

    /// <summary>Makes one of each.</summary>
    /// <returns>New targets in the order in which they are listed, made when they are asked for.</returns>
    public static IEnumerable<FuzzTarget> CreateAll() => Makers.Select(make => make());
}
