using Simulation.Engine.Choices;
using Simulation.Engine.Loop;
using Simulation.Engine.Scheduling;

namespace Simulation.Engine.Tests.Loop;

/// <summary>Small worlds that several tests run.</summary>
internal static class World
{
    /// <summary>Three tasks with delays, points and draws from a stream: their order is the schedule's and the seed's.</summary>
    public static string RunThreeTasks(
        SimulationLoop loop, ulong seed, SchedulingStrategy? strategy, out RunReport report, ChoiceLog? replay = null)
    {
        loop.Reset(seed, strategy, replay);
        var order = new System.Text.StringBuilder();
        Prng delays = loop.Streams.Stream("delays");
        foreach (string name in (string[])["a", "b", "c"])
        {
            loop.Spawn(name, async () =>
            {
                for (int i = 0; i < 4; i++)
                {
                    order.Append(name);
                    await loop.Point("step");
                    if (i == 1)
                        await loop.Delay(delays.NextLong(3) * 1000);
                }
            });
        }

        report = loop.Run();
        return order.ToString();
    }

    public static ulong RunAndHash(SimulationLoop loop, ulong seed, SchedulingStrategy strategy)
    {
        RunThreeTasks(loop, seed, strategy, out RunReport report);
        Assert.Equal(RunOutcome.Completed, report.Outcome);
        return report.TraceHash;
    }
}
