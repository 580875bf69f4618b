using Qemu.Migration.Destination.Hosting;
using Simulation.Engine.Choices;
using Simulation.Engine.Fabric;
using Simulation.Conformance;
using Simulation.Scenarios;
using Simulation.Scenarios.Hosts;
using Simulation.Scenarios.Observing;
using Simulation.Scenarios.Options;
using Simulation.Schedules.Models;
using Simulation.Schedules.Own;
using Simulation.Schedules.Running;

namespace Seams.Tests.Channels;

/// <summary>A connection of the simulation's fabric.</summary>
public sealed class SimulatedSocketHost(ChannelKind kind, LinkOptions link) : LoopHost
{
    protected override MigrationChannel Make(byte[] content, bool ends)
    {
        RunObservation observation = new();
        observation.Reset(ScenarioOptions.Draw(1) with { Host = new() { Channel = kind } });
        NetworkFabric fabric = new(Loop);
        FabricConnection pair = fabric.Pair("main", link);
        Loop.Spawn("peer", () => SendAsync(pair.Client, content, ends), isBackground: true);
        return new SimulatedChannel(Loop, pair.Server, observation.OpenStream("main"), observation, fromListener: false);
    }

    private static async Task SendAsync(Endpoint peer, byte[] content, bool ends)
    {
        try
        {
            await peer.WriteAsync(content);
            if (ends)
                peer.CloseWrite();
        }
        catch (IOException)
        {
            // The channel was shut down before it had read all.
        }
    }
}

/// <summary>The simulation's file.</summary>
public sealed class SimulatedFileHost(bool lends) : LoopHost
{
    public override bool CanBeOpen => false;

    public override bool CanWrite => false;

    protected override MigrationChannel Make(byte[] content, bool ends)
    {
        ReceivedStream stream = new();
        stream.NoteRead(content, 0);
        return new SimulatedFile(Loop, stream, new LinkOptions { ShortReads = Ratio.Percent(30) }, lends, fails: false);
    }
}

/// <summary>A connection of a schedule model.</summary>
public sealed class ModelHost(bool readsInPlace) : LoopHost
{
    private const int PortionBytes = 10_001;

    protected override MigrationChannel Make(byte[] content, bool ends)
    {
        ModelPortion[] portions = [.. content.Chunk(PortionBytes).Select(portion => new ModelPortion(portion))];
        ModelConnection connection = new("channel 0", portions, ends ? ConnectionEnd.Closes : ConnectionEnd.StaysOpen);
        OwnEnvironment environment = new(Loop, ModelCatalogue.Find("multifd"));
        return new ModelChannel(connection, readsInPlace, environment, new(environment.Witness));
    }
}

/// <summary>A connection of the referee's own trial.</summary>
public sealed class TrialHost(ChannelKind kind, bool isFile, bool readsShort) : LoopHost
{
    public override bool CanBeOpen => !isFile;

    public override bool CanWrite => !isFile;

    protected override MigrationChannel Make(byte[] content, bool ends)
    {
        TrialChannel channel = new(Loop, "main", content, fromListener: false, isFile, new(new() { Channel = kind }, readsShort));
        channel.Deliver(content.Length);
        if (ends)
            channel.End();
        return channel;
    }
}

public sealed class SimulatedCopiedTests() : ChannelContract(new SimulatedSocketHost(ChannelKind.Copied, LinkOptions.Perfect));

public sealed class SimulatedInPlaceTests() : ChannelContract(new SimulatedSocketHost(ChannelKind.InPlace, LinkOptions.Perfect));

public sealed class SimulatedRecordsTests() : ChannelContract(new SimulatedSocketHost(ChannelKind.Records, LinkOptions.Perfect));

public sealed class SimulatedShortReadsTests() : ChannelContract(
    new SimulatedSocketHost(ChannelKind.InPlace, new(maximumShortReadBytes: 5000) { ShortReads = Ratio.Percent(50), LatencyNanoseconds = 1000 }));

public sealed class SimulatedFileTests() : ChannelContract(new SimulatedFileHost(lends: false));

public sealed class SimulatedLentFileTests() : ChannelContract(new SimulatedFileHost(lends: true));

public sealed class ModelCopiedTests() : ChannelContract(new ModelHost(readsInPlace: false));

public sealed class ModelInPlaceTests() : ChannelContract(new ModelHost(readsInPlace: true));

public sealed class OwnCopiedTests() : ChannelContract(new TrialHost(ChannelKind.Copied, isFile: false, readsShort: false));

public sealed class OwnInPlaceTests() : ChannelContract(new TrialHost(ChannelKind.InPlace, isFile: false, readsShort: true));

public sealed class OwnRecordsTests() : ChannelContract(new TrialHost(ChannelKind.Records, isFile: false, readsShort: false));

public sealed class OwnFileTests() : ChannelContract(new TrialHost(ChannelKind.Copied, isFile: true, readsShort: true));

public sealed class OwnLentFileTests() : ChannelContract(new TrialHost(ChannelKind.Lent, isFile: true, readsShort: true));
