using Simulation.Engine.Choices;
using Simulation.Engine.Fabric;
using Simulation.Engine.Loop;
using Simulation.Scenarios.Observing;
using Simulation.Scenarios.Options;

namespace Simulation.Scenarios.Hosts;

/// <summary>A client of the monitor beside the one that manages the migration: it asks what does no harm, listens, or hangs up in the
/// middle of a command.</summary>
internal static class MonitorVisitor
{
    /// <summary>Descriptors of each visitor begin at another number.</summary>
    private const int DescriptorsPerVisitor = 100;

    /// <summary>Its life.</summary>
    /// <param name="loop">The world's loop.</param>
    /// <param name="network">The monitor's network.</param>
    /// <param name="observation">Where its session is noted.</param>
    /// <param name="number">Which visitor it is, from 0.</param>
    public static async Task VisitAsync(SimulationLoop loop, NetworkFabric network, RunObservation observation, int number)
    {
        ScenarioOptions options = observation.Options;
        Prng random = loop.Streams.Stream($"visitor/{number}");
        MonitorRequests commands = new(options, random, (number + 2) * DescriptorsPerVisitor);
        await loop.Delay(random.NextLong(1 + options.FaultsEndNanoseconds), "visitor");
        MonitorLink? link = await MonitorLink.ConnectAsync(loop, network, observation, MonitorClient.LinkOf(options.Monitor), null);
        if (link is null)
            return;

        // One in four never negotiates: it must hear nothing.
        bool negotiates = random.NextInt(4) != 0;
        await link.AskAsync([commands.Make(negotiates ? MonitorCommand.Negotiate : MonitorCommand.QueryStatus)], []);
        for (int left = random.NextInt(8); left > 0; left--)
        {
            await loop.Delay(random.NextLong(1 + (options.FaultsEndNanoseconds / 4)), "visitor");
            await link.AskAsync([negotiates ? commands.Draw(isHarmless: true) : commands.Make(MonitorCommand.QueryStatus)], []);
        }

        await LeaveAsync(link, random, commands);
    }

    // It stays, says goodbye, or goes in the middle of a command.
    private static async ValueTask LeaveAsync(MonitorLink link, Prng random, MonitorRequests commands)
    {
        int manner = random.NextInt(4);
        if (manner == 0 || link.Session.IsEndedByServer)
            return;
        try
        {
            if (manner > 1)
            {
                MonitorRequest request = commands.Make(manner == 2 ? MonitorCommand.NameDescriptor : MonitorCommand.QueryStatus);
                await link.SendPartAsync(request.Text[..random.Between(1, request.NeededBytes - 1)], request.Descriptor);
            }
        }
        catch (IOException)
        {
            return;
        }

        if (random.NextInt(2) == 0)
            await link.HangUpAsync();
        else
            link.Abort();
    }
}
