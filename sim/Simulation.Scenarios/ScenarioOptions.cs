using System.Text.Json;
using Simulation.Engine.Fabric;
using Simulation.Engine.Scheduling;
using Simulation.Scenarios.Options;
using Simulation.Source.Deviations;

namespace Simulation.Scenarios;

/// <summary>
/// Everything that a run is: the machine, its guest, how it is migrated, over what network, what goes wrong, who watches. Drawn from
/// one seed, printed in full before the first step, and stored as JSON that outlives changes of the generator.
/// </summary>
/// <remarks>
/// The value that a member has when it is absent is always the plainest one (off, none, no limit), so that a stored case means the
/// same after a member was added, and shrinking means moving members there. (Generated JSON code knows no initializers: it sets a
/// member that is absent to null or 0.) What is drawn while the run goes (content, jitter,
/// schedule) comes from <see cref="Seed"/> by named streams.
/// </remarks>
public sealed record ScenarioOptions
{
    /// <summary>Version of this JSON layout; other versions are refused.</summary>
    public const int FormatVersion = 1;

    /// <summary>The generator's fingerprint: four hexadecimal digits of a hash over what <see cref="Draw"/> makes of the first seeds. It
    /// changes with the draw, so that a token says which generator it belongs to; a test knows the value.</summary>
    public const string Generator = "e080";

    /// <summary>Version of the JSON layout, <see cref="FormatVersion"/>; JSON that does not name it is refused.</summary>
    public int Format { get; init; } = FormatVersion;

    /// <summary>Seeds everything that happens in the run.</summary>
    public ulong Seed { get; init; }

    /// <summary>The machine on both sides.</summary>
    public required MachineOptions Machine { get; init; }

    /// <summary>Its RAM blocks, with unique names; none is allowed.</summary>
    public required IReadOnlyList<BlockOptions> Blocks { get; init; }

    /// <summary>What is in the guest's memory and what the guest does to it.</summary>
    public required GuestOptions Guest { get; init; }

    /// <summary>Transport, capabilities and parameters.</summary>
    public required MigrationOptions Migration { get; init; }

    /// <summary>The network between source and destination; of each connection alike.</summary>
    public required LinkOptions Link { get; init; }

    /// <summary>The kinds of channel and of memory at the destination.</summary>
    public HostOptions Host { get; init => field = value ?? new(); } = new();

    /// <summary>The management client at the destination.</summary>
    public required MonitorOptions Monitor { get; init; }

    /// <summary>What goes wrong on the network and with the wall clock, in this order.</summary>
    public IReadOnlyList<FaultOptions> Faults { get; init => field = value ?? []; } = [];

    /// <summary>Who connects beside the source.</summary>
    public IReadOnlyList<StrangerOptions> Strangers { get; init => field = value ?? []; } = [];

    /// <summary>How the source leaves the format.</summary>
    public IReadOnlyList<SourceDeviation> Deviations { get; init => field = value ?? []; } = [];

    /// <summary>Virtual time at which faults stop, the guest falls asleep and the run has to come to its end, in nanoseconds.</summary>
    public long FaultsEndNanoseconds { get; init; }

    /// <summary>The byte that fills the destination's RAM at first; null for RAM that is zero, and known to be.</summary>
    public byte? PoisonByte { get; init; }

    /// <summary>Who runs next, a name of <see cref="StrategyCatalogue"/>; absent for plain order.</summary>
    public string? Strategy { get; init; }

    /// <summary>Draws a scenario.</summary>
    /// <param name="seed">Decides everything.</param>
    /// <returns>A valid scenario with this seed.</returns>
    public static ScenarioOptions Draw(ulong seed) => ScenarioDraw.Draw(seed);

    /// <summary>Reads a scenario.</summary>
    /// <param name="json">What <see cref="ToJson"/> wrote, perhaps by an older version.</param>
    /// <returns>The scenario, valid.</returns>
    /// <exception cref="FormatException">It is none, or one that contradicts itself; the message says where.</exception>
    public static ScenarioOptions FromJson(string json)
    {
        ScenarioOptions? options;
        try
        {
            options = JsonSerializer.Deserialize(json, ScenarioJsonContext.Default.ScenarioOptions);
        }
        catch (JsonException error)
        {
            throw new FormatException($"not a scenario: {error.Message}", error);
        }

        if (options?.Problem() is { } problem)
            throw new FormatException($"not a scenario: {problem}");
        return options ?? throw new FormatException("a scenario is a JSON object, not null");
    }

    /// <summary>Writes the scenario in full.</summary>
    /// <returns>Indented JSON; equal scenarios give equal text.</returns>
    public string ToJson() => JsonSerializer.Serialize(this, ScenarioJsonContext.Default.ScenarioOptions);

    /// <summary>Checks that a real source and a real destination would take the options, and the simulator too.</summary>
    /// <returns>What is wrong, one clause, or null.</returns>
    public string? Problem() => ScenarioRules.Check(this);
}
