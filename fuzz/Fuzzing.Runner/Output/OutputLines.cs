using System.Text.Json.Serialization;

namespace Fuzzing.Runner.Output;

/// <summary>A target as <c>fuzz list --json</c> shows it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Covers">What it reaches.</param>
/// <param name="Asserts">What it asserts.</param>
/// <param name="Seeds">How many seeds it has.</param>
internal sealed record TargetLine(string Name, string Covers, string Asserts, int Seeds);

/// <summary>How far a run is.</summary>
/// <param name="Event"><c>progress</c>, or <c>end</c> for the last.</param>
/// <param name="Target">The target.</param>
/// <param name="Seconds">Wall-clock seconds.</param>
/// <param name="Executions">Runs of the target by all jobs.</param>
/// <param name="ExecutionsPerSecond">Runs a second, since the corpora were loaded.</param>
/// <param name="Blocks">Blocks that the best job has reached.</param>
/// <param name="BlockCount">Blocks that there are.</param>
/// <param name="Features">Features that the best job has reached.</param>
/// <param name="Corpus">Inputs of the largest corpus.</param>
/// <param name="CorpusBytes">Its bytes.</param>
/// <param name="Findings">Signatures found by all jobs.</param>
internal sealed record ProgressLine(
    string Event, string Target, double Seconds, long Executions, long ExecutionsPerSecond, long Blocks, long BlockCount, long Features,
    long Corpus, long CorpusBytes, int Findings);

/// <summary>A finding, or a file that is none.</summary>
/// <param name="Event"><c>finding</c>, or <c>passed</c>.</param>
/// <param name="File">The input.</param>
/// <param name="Signature">Equal for findings of one cause; empty for none.</param>
/// <param name="Summary">What is wrong, one line.</param>
internal sealed record FindingLine(string Event, string File, string Signature, string Summary);

/// <summary>How lines are written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(TargetLine))]
[JsonSerializable(typeof(ProgressLine))]
[JsonSerializable(typeof(FindingLine))]
internal sealed partial class OutputJson : JsonSerializerContext;
