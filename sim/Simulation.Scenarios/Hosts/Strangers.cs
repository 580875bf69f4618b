using Simulation.Engine.Choices;
using Simulation.Engine.Fabric;
using Simulation.Engine.Loop;
using Simulation.Scenarios.Options;

namespace Simulation.Scenarios.Hosts;

/// <summary>Clients that are no source.</summary>
internal static class Strangers
{
    /// <summary>Lets one come, and stay until faults end where it idles.</summary>
    public static async Task VisitAsync(
        SimulationLoop loop, NetworkFabric fabric, StrangerOptions stranger, int number, ScenarioOptions options)
    {
        await loop.Delay(stranger.AtNanoseconds, "stranger");
        try
        {
            Endpoint endpoint = await fabric.ConnectAsync(SimulatedHost.Address, $"stranger/{number}", options.Link);
            byte[] bytes = new byte[stranger.Bytes];
            new Prng(loop.Streams.SeedOf($"stranger/{number}")).NextBytes(bytes);

            // Neither QEVM nor a multifd channel, whatever was drawn, unless it is to look like a source.
            if (stranger.Kind == StrangerKind.Imitates)
                "QEVM"u8[..Math.Min(4, bytes.Length)].CopyTo(bytes);
            else if (bytes.Length > 0)
                bytes[0] |= 0x80;
            await endpoint.WriteAsync(bytes);
            if (stranger.Kind == StrangerKind.Idles)
                await loop.Delay(Math.Max(0, options.FaultsEndNanoseconds - loop.NowNanoseconds), "stranger idles");
            endpoint.Shutdown();
        }
        catch (IOException)
        {
            // Refused, or turned away while it spoke: that is what is to happen to strangers.
        }
    }
}
