using System.Runtime.InteropServices;
using Simulation.Engine.Choices;

namespace Simulation.Engine.Tracing;

/// <summary>
/// The chain of everything that happened in a run. Each event is folded into a 64-bit hash, always; the events themselves are kept
/// only when somebody wants to read them. Two runs are the same run when their hashes are equal.
/// </summary>
public sealed class Trace
{
    private const ulong Start = 0x6A09E667F3BCC908;

    private readonly List<TraceEvent> _events = [];
    private ulong _state = Start;

    /// <summary>Whether events are kept from now on. Does not change the hash.</summary>
    public bool Retain { get; set; }

    /// <summary>How many events happened.</summary>
    public long Count { get; private set; }

    /// <summary>The hash of all events so far.</summary>
    public ulong Hash => StableHash.Mix(_state);

    /// <summary>The events kept; valid until the next one.</summary>
    public ReadOnlySpan<TraceEvent> Events => CollectionsMarshal.AsSpan(_events);

    /// <summary>Forgets everything and keeps the storage.</summary>
    public void Reset()
    {
        _state = Start;
        Count = 0;
        _events.Clear();
    }

    /// <summary>Adds an event.</summary>
    /// <param name="happened">The event.</param>
    public void Append(in TraceEvent happened)
    {
        ulong state = _state;
        StableHash.Fold(ref state, unchecked(((ulong)(uint)happened.Kind.Id << 32) | (uint)happened.TaskId));
        StableHash.Fold(ref state, unchecked((ulong)happened.TimeNanoseconds));
        StableHash.Fold(ref state, unchecked((ulong)happened.A));
        StableHash.Fold(ref state, unchecked((ulong)happened.B));
        StableHash.Fold(ref state, unchecked((ulong)happened.C));
        if (happened.Text is not null)
            StableHash.Fold(ref state, StableHash.OfText(happened.Text));
        _state = state;
        Count++;
        if (Retain)
            _events.Add(happened);
    }
}
