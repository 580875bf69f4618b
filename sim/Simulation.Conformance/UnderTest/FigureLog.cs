using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Simulation.Conformance.UnderTest;

/// <summary>What a destination said of its migration in <c>query-migrate</c>, and when an observer outside saw what.</summary>
internal sealed class FigureLog
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    /// <summary>The reply while main stands still, or null where it never did.</summary>
    public JsonNode? Active { get; set; }

    /// <summary>The first reply with a final status.</summary>
    public JsonNode? FirstFinal { get; set; }

    /// <summary>The last reply.</summary>
    public JsonNode? Final { get; set; }

    /// <summary>Bytes of main that had been sent when it stood still.</summary>
    public int SentBytes { get; set; }

    /// <summary>When it had been told to listen, or to load.</summary>
    public TimeSpan Listened { get; set; }

    /// <summary>When the source began to connect; for a file, when it was told to load it.</summary>
    public TimeSpan Connecting { get; set; }

    /// <summary>When the reply came that said that it was active, or null.</summary>
    public TimeSpan? WasActive { get; set; }

    /// <summary>When the source went on.</summary>
    public TimeSpan WentOn { get; set; }

    /// <summary>When the end had been seen.</summary>
    public TimeSpan Ended { get; set; }

    /// <summary>The observer's clock.</summary>
    public TimeSpan Now => _clock.Elapsed;
}
