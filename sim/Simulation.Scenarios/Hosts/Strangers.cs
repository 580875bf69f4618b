using Simulation.Engine.Choices;
using Simulation.Engine.Fabric;
using Simulation.Engine.Loop;
using Simulation.Engine.Time;
using Simulation.Scenarios.Observing;
using Simulation.Scenarios.Options;

namespace Simulation.Scenarios.Hosts;

/// <summary>Clients that are no source.</summary>
internal static class Strangers
{
    private const int LooksUntilFaultsEnd = 64;

    /// <summary>Lets one come, and stay until faults end where it idles.</summary>
    public static async Task VisitAsync(
        SimulationLoop loop, NetworkFabric fabric, RunObservation observation, StrangerOptions stranger, int number)
    {
        ScenarioOptions options = observation.Options;
        await loop.Delay(stranger.AtNanoseconds, "stranger");
        try
        {
            if (stranger.Kind == StrangerKind.ComesLate && !await IsUnderWayAsync(loop, observation))
                return;
            Endpoint endpoint = await fabric.ConnectAsync(SimulatedHost.Address, $"stranger/{number}", options.Link);
            await endpoint.WriteAsync(WordsOf(stranger, new Prng(loop.Streams.SeedOf($"stranger/{number}"))));
            if (stranger.Kind == StrangerKind.Idles)
                await loop.Delay(Math.Max(0, options.FaultsEndNanoseconds - loop.NowNanoseconds), "stranger idles");
            endpoint.Shutdown();
        }
        catch (IOException)
        {
            // Refused, or turned away while it spoke: that is what is to happen to strangers.
        }
    }

    /// <summary>What one sends.</summary>
    internal static byte[] WordsOf(StrangerOptions stranger, Prng random)
    {
        byte[] bytes = new byte[stranger.Bytes];
        if (stranger.Kind == StrangerKind.ComesLate)
        {
            // Magic and version of a first packet (stream reference, section 4.2); no UUID, and id 0.
            ReadOnlySpan<byte> channel = [0x11, 0x22, 0x33, 0x44, 0, 0, 0, 1];
            channel[..Math.Min(channel.Length, bytes.Length)].CopyTo(bytes);
            return bytes;
        }

        // Neither QEVM nor a multifd channel, whatever was drawn, unless it is to look like a source.
        random.NextBytes(bytes);
        if (stranger.Kind == StrangerKind.Imitates)
            "QEVM"u8[..Math.Min(4, bytes.Length)].CopyTo(bytes);
        else if (bytes.Length > 0)
            bytes[0] |= 0x80;
        return bytes;
    }

    private static async Task<bool> IsUnderWayAsync(SimulationLoop loop, RunObservation observation)
    {
        long wait = Math.Max(VirtualDuration.Millisecond, observation.Options.FaultsEndNanoseconds / LooksUntilFaultsEnd);
        while (observation.Activation is null && loop.NowNanoseconds < observation.Options.FaultsEndNanoseconds)
            await loop.Delay(wait, "stranger waits");
        return observation.Activation is not null;
    }
}
