using Fuzzing.Engine.Coverage;

namespace Fuzzing.Instrumentation;

/// <summary>An assembly that counts what it does.</summary>
/// <param name="Image">The rewritten file.</param>
/// <param name="Symbols">Its portable PDB, or null where the original had none.</param>
/// <param name="Map">What its counters stand for.</param>
public sealed record InstrumentedAssembly(byte[] Image, byte[]? Symbols, CounterMap Map);
