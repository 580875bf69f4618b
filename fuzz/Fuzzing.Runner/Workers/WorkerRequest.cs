using System.Text.Json.Serialization;

namespace Fuzzing.Runner.Workers;

/// <summary>What a worker does.</summary>
internal enum WorkerTask
{
    /// <summary>Fuzzes.</summary>
    Fuzz,

    /// <summary>Runs files, one after another.</summary>
    Replay,

    /// <summary>Makes a finding small.</summary>
    Minimize,

    /// <summary>Writes the inputs that a smallest corpus has into a folder.</summary>
    Merge,

    /// <summary>Writes which lines a corpus reaches.</summary>
    Coverage,
}

/// <summary>A job for a worker, whole in itself.</summary>
internal sealed record WorkerRequest
{
    /// <summary>What to do.</summary>
    public required WorkerTask Task { get; init; }

    /// <summary>The target's name.</summary>
    public required string Target { get; init; }

    /// <summary>A bug to plant in the destination first; null for none.</summary>
    public string? Bug { get; init; }

    /// <summary>The file in which the worker keeps the input it runs, and its status.</summary>
    public required string StatusFile { get; init; }

    /// <summary>Files or folders to read.</summary>
    public IReadOnlyList<string> Inputs { get; init; } = [];

    /// <summary>Inputs that have ended a worker, as a corpus names them; they are not read.</summary>
    public IReadOnlyList<string> Deadly { get; init; } = [];

    /// <summary>The corpus to read and write, the folder to merge into, or the file to write.</summary>
    public string Output { get; init; } = "";

    /// <summary>The folder for findings.</summary>
    public string FindingsFolder { get; init; } = "";

    /// <summary>How long one run of the target may take, in milliseconds of processor time.</summary>
    public long RunTimeoutMilliseconds { get; init; } = 10_000;

    /// <summary>Whether only blocks count when inputs are merged, not how often they are passed.</summary>
    public bool OnlyBlocks { get; init; }

    /// <summary>Seeds all draws.</summary>
    public ulong Seed { get; init; }

    /// <summary>Most runs; null for no limit.</summary>
    public long? Executions { get; init; }

    /// <summary>Most time in milliseconds; null for no limit.</summary>
    public long? Milliseconds { get; init; }
}

/// <summary>How a <see cref="WorkerRequest"/> is written.</summary>
[JsonSerializable(typeof(WorkerRequest))]
internal sealed partial class WorkerJson : JsonSerializerContext;
