using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Simulation.Conformance;

/// <summary>How QMP commands are written.</summary>
[JsonSerializable(typeof(JsonObject))]
internal sealed partial class RefereeJson : JsonSerializerContext;
