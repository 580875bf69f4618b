using System.Text.Json.Serialization;

namespace Simulation.Scenarios.Options;

/// <summary>JSON of scenarios, generated at compile time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, UseStringEnumConverter = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(ScenarioOptions))]
internal sealed partial class ScenarioJsonContext : JsonSerializerContext;
