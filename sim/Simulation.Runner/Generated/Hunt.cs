using System.Text.Json;
using System.Text.Json.Serialization;

namespace Simulation.Runner.Generated;

/// <summary>Who looks for mutants.</summary>
internal static class Hunters
{
    /// <summary>Simulated runs, and between them streams of the corpus.</summary>
    public const string Simulator = "simulator";

    /// <summary>The models of schedules, under our own scheduler.</summary>
    public const string Schedules = "schedules";

    /// <summary>The fuzz targets.</summary>
    public const string Fuzz = "fuzz";

    /// <summary>All of them, in the order in which they are asked.</summary>
    public static IReadOnlyList<string> All { get; } = [Simulator, Schedules, Fuzz];
}

/// <summary>What a hunter is asked.</summary>
/// <param name="Mutant">The mutant's id.</param>
/// <param name="Hunter">One of <see cref="Hunters.All"/>.</param>
/// <param name="BudgetSeconds">Processor time.</param>
/// <param name="Corpus">The folder with streams and seeds.</param>
internal sealed record HuntRequest(string Mutant, string Hunter, double BudgetSeconds, string Corpus);

/// <summary>What a hunter found.</summary>
/// <param name="Property">The property that was violated; null where nothing was found.</param>
/// <param name="Message">One sentence about it.</param>
/// <param name="Where">The seed, model, file or target that showed it.</param>
/// <param name="Seconds">Processor time.</param>
internal sealed record HuntResult(string? Property, string? Message, string? Where, double Seconds);

/// <summary>How both cross to the process that hunts.</summary>
[JsonSerializable(typeof(HuntRequest))]
[JsonSerializable(typeof(HuntResult))]
internal sealed partial class HuntJson : JsonSerializerContext;
