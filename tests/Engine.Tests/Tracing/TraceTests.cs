using Simulation.Engine.Choices;
using Simulation.Engine.Loop;
using Simulation.Engine.Scheduling;
using Simulation.Engine.Tests.Loop;
using Simulation.Engine.Tracing;

namespace Simulation.Engine.Tests.Tracing;

public sealed class TraceTests
{
    private static readonly TraceKind Kind = new(100, "test");

    [Fact]
    public void Every_field_of_an_event_is_in_the_hash()
    {
        TraceEvent[] events =
        [
            new(Kind, 1, 2, 3, 4, 5, "x"),
            new(Kind with { Id = 101 }, 1, 2, 3, 4, 5, "x"),
            new(Kind, 9, 2, 3, 4, 5, "x"),
            new(Kind, 1, 9, 3, 4, 5, "x"),
            new(Kind, 1, 2, 9, 4, 5, "x"),
            new(Kind, 1, 2, 3, 9, 5, "x"),
            new(Kind, 1, 2, 3, 4, 9, "x"),
            new(Kind, 1, 2, 3, 4, 5, "y"),
            new(Kind, 1, 2, 3, 4, 5, null),
        ];

        Assert.Equal(events.Length, events.Select(happened => HashOf(happened)).Distinct().Count());
    }

    [Fact]
    public void Order_and_number_of_events_are_in_the_hash()
    {
        TraceEvent a = new(Kind, 1, 0, 1, 0, 0, null);
        TraceEvent b = new(Kind, 1, 0, 2, 0, 0, null);

        ulong[] hashes = [HashOf(), HashOf(a), HashOf(a, a), HashOf(a, b), HashOf(b, a), HashOf(a, b, b)];

        Assert.Equal(hashes.Length, hashes.Distinct().Count());
    }

    [Fact]
    public void Comparison_shows_the_first_event_that_differs()
    {
        var loop = new SimulationLoop();
        loop.Trace.Retain = true;
        World.RunThreeTasks(loop, 3, new ContinueStrategy(), out _);
        TraceEvent[] left = loop.Trace.Events.ToArray();
        World.RunThreeTasks(loop, 3, new ContinueStrategy(), out _, ChoiceLog.Parse("0,1"));
        TraceEvent[] right = loop.Trace.Events.ToArray();

        TraceDifference? difference = TraceDifference.Find(left, right);

        Assert.NotNull(difference);
        Assert.Equal(left.AsSpan(0, difference.Index), right.AsSpan(0, difference.Index));
        Assert.Equal((TraceKind.Decision, TraceKind.Decision), (difference.Left!.Value.Kind, difference.Right!.Value.Kind));
        Assert.Equal((0, 1), (difference.Left.Value.B, difference.Right.Value.B));
        Assert.Null(TraceDifference.Find(left, left));
        Assert.Equal(new TraceDifference(2, left[2], null), TraceDifference.Find(left, left.AsSpan(0, 2)));
    }

    private static ulong HashOf(params TraceEvent[] events)
    {
        var trace = new Trace();
        foreach (TraceEvent happened in events)
            trace.Append(happened);
        Assert.Equal(events.Length, trace.Count);
        return trace.Hash;
    }
}
