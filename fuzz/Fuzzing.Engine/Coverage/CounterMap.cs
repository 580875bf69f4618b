using System.Text.Json.Serialization;

namespace Fuzzing.Engine.Coverage;

/// <summary>What the counters of one assembly stand for.</summary>
/// <param name="Assembly">Its simple name.</param>
/// <param name="Blocks">The blocks in the order of their counters.</param>
public sealed record CounterMap(string Assembly, IReadOnlyList<CodeBlock> Blocks);

/// <summary>A basic block.</summary>
/// <param name="Method">Its method with its type, as written in C# where that is known.</param>
/// <param name="File">The source file, or empty.</param>
/// <param name="FirstLine">The first line that has a statement of the block, from 1; 0 when it has none.</param>
/// <param name="LastLine">The last such line.</param>
public sealed record CodeBlock(string Method, string File, int FirstLine, int LastLine);

/// <summary>How a <see cref="CounterMap"/> is written.</summary>
[JsonSerializable(typeof(CounterMap))]
internal sealed partial class CounterMapJson : JsonSerializerContext;
