using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Wire;

namespace Simulation.Schedules.Models;

/// <summary>The models, each a situation in which tasks of the destination race.</summary>
public static class ModelCatalogue
{
    private const int Pages = 6;
    private const int Queries = 3;

    /// <summary>All models, the plainest first.</summary>
    public static IReadOnlyList<ScheduleModel> All { get; } =
    [
        Rounds("multifd", "two channels bring two rounds of pages and end", ConnectionEnd.Closes),
        Rounds("multifd-open", "the same, and the source keeps its connections open to the end", ConnectionEnd.StaysOpen),
        Rounds("multifd-copied", "two rounds over channels that do not read in place", ConnectionEnd.Closes) with { Kind = ModelKind.Copied },
        Rounds("multifd-file", "two rounds into a memory file", ConnectionEnd.Closes) with { Kind = ModelKind.WrittenThrough },
        Broken(),
        Ended(),
        FailingMain(),
        EarlyFailure(),
        Listener(),
        SecondSource(),
        Monitor(),
        .. PostcopyModels.All,
    ];

    /// <summary>Finds a model.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The model.</returns>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public static ScheduleModel Find(string name) =>
        All.FirstOrDefault(model => model.Name == name)
        ?? throw new ArgumentException($"no model '{name}'; there are {string.Join(", ", All.Select(m => m.Name))}", nameof(name));

    private static ScheduleModel Rounds(string name, string description, ConnectionEnd end)
    {
        byte[] ram = new byte[Pages * ModelStream.PageBytes];
        ModelStream main = MainOfTwoRounds();
        ModelStream first = new ModelStream().Initial(0).Cut();
        ModelStream second = new ModelStream().Initial(1).Cut();

        // What one channel wrote in the first round the other writes again in the second: only the meeting of all keeps them apart.
        first.Pages(ram, 0x11, [0], [4]).Sync().Cut();
        second.Pages(ram, 0x21, [1], [5]).Sync().Cut();
        first.Pages(ram, 0x12, [1], [2]).Sync();
        second.Pages(ram, 0x22, [0], [3]).Sync();
        return Model(name, description, ram, [], main, first, second, end);
    }

    private static ScheduleModel Broken()
    {
        byte[] ram = new byte[Pages * ModelStream.PageBytes];
        ModelStream first = new ModelStream().Initial(0).Cut().Pages(ram, 0x11, [0], []).Sync().Cut();
        ModelStream second = new ModelStream().Initial(1).Cut().Pages(ram, 0x21, [1], []).Sync().Cut();
        first.Pages(ram, 0x12, [1], []).Sync();
        second.Raw(new byte[64]);
        return Model(
            "broken-channel", "a channel sends garbage while main waits for it or will", ram, [StreamErrorCode.MultifdMagic],
            MainOfTwoRounds(), first, second, ConnectionEnd.StaysOpen);
    }

    private static ScheduleModel Ended()
    {
        byte[] ram = new byte[Pages * ModelStream.PageBytes];
        ModelStream first = new ModelStream().Initial(0).Cut().Pages(ram, 0x11, [0], []).Sync().Cut();
        ModelStream second = new ModelStream().Initial(1).Cut().Pages(ram, 0x21, [1], []).Sync().Cut();
        first.Pages(ram, 0x12, [1], []).Sync();
        return Model(
            "ended-channel", "a channel ends before main meets it", ram, [StreamErrorCode.MultifdChannelEnded],
            MainOfTwoRounds(), first, second, ConnectionEnd.Closes);
    }

    private static ScheduleModel FailingMain()
    {
        byte[] ram = new byte[Pages * ModelStream.PageBytes];
        const byte noSection = 0x55;
        ModelStream main = new ModelStream().FileHeader().OpenReturnPath().RamStart().EndOfRecords().Cut()
            .RamPart().Flush().EndOfRecords().Cut().Raw([noSection]);
        ModelStream first = new ModelStream().Initial(0).Cut().Pages(ram, 0x11, [0], []).Sync().Cut();
        ModelStream second = new ModelStream().Initial(1).Cut().Pages(ram, 0x21, [1], []).Sync().Cut();
        first.Sync();
        second.Pages(ram, 0x22, [2], []).Sync();
        return Model(
            "failing-main", "main fails while channels receive or wait for it", ram, [StreamErrorCode.UnknownSectionType],
            main, first, second, ConnectionEnd.StaysOpen);
    }

    private static ScheduleModel EarlyFailure()
    {
        byte[] ram = new byte[Pages * ModelStream.PageBytes];
        const int noChannel = 7;
        ModelStream first = new ModelStream().Initial(0).Cut().Pages(ram, 0x11, [0], []).Sync().Cut();
        ModelStream second = new ModelStream().Initial(noChannel);
        return Model(
            "early-failure", "a channel that cannot be comes before, between or after the others", ram,
            [StreamErrorCode.MultifdChannelId], MainOfTwoRounds(), first, second, ConnectionEnd.StaysOpen);
    }

    private static ScheduleModel Listener()
    {
        ScheduleModel rounds = Rounds("", "", ConnectionEnd.Closes);
        return rounds with
        {
            Name = "listener",
            Description = "the connections come through a listener in any order, strangers beside them and behind them",
            Listens = true,
            Connections =
            [
                .. rounds.Connections,
                new ModelStream().Raw("GET / HTTP/1.0\r\n"u8).ToConnection("stranger", ConnectionEnd.StaysOpen) with { IsRefused = true },
                new ModelStream().ToConnection("port scan", ConnectionEnd.Closes) with { IsRefused = true },
                new ModelStream().Initial(0).ToConnection("late channel", ConnectionEnd.Closes)
                    with { IsRefused = true, Arrival = ConnectionArrival.WhenActive },
                new ModelStream().FileHeader().ToConnection("late main", ConnectionEnd.StaysOpen)
                    with { IsRefused = true, Arrival = ConnectionArrival.WhenActive },
            ],
        };
    }

    private static ScheduleModel SecondSource()
    {
        ScheduleModel rounds = Rounds("", "", ConnectionEnd.Closes);
        return rounds with
        {
            Name = "second-source",
            Description = "a source's main channel comes and dies, and another source comes behind it",
            Listens = true,
            MainIndex = 1,
            Connections =
            [
                new ModelStream().FileHeader().ToConnection("dead main", ConnectionEnd.Closes) with { IsRefused = true },
                .. rounds.Connections.Select(connection => connection with { Arrival = ConnectionArrival.AfterThePrevious }),
            ],
        };
    }

    private static ScheduleModel Monitor()
    {
        byte[] ram = new byte[Pages * ModelStream.PageBytes];
        ModelStream main = new ModelStream().FileHeader().OpenReturnPath().RamStart().EndOfRecords().Cut().RunningAndEnd();
        return Model("monitor", "a monitor sends stop and cont beside the arrival of the guest", ram, [], main, [], ConnectionEnd.Closes)
            with
        {
            Commands =
            [
                "query-migrate", "stop", "query-status", "cont", "query-migrate", "query-status", "stop", "query-status", "query-migrate",
                "cont", "stop", "query-status",
            ],
        };
    }

    private static ModelStream MainOfTwoRounds() => new ModelStream()
        .FileHeader().OpenReturnPath().RamStart().EndOfRecords().Cut()
        .RamPart().Flush().EndOfRecords().Cut()
        .RamEnd().Flush().EndOfRecords().RunningAndEnd();

    private static ScheduleModel Model(
        string name, string description, byte[] ram, StreamErrorCode[] errors, ModelStream main, ModelStream first,
        ModelStream second, ConnectionEnd end) => Model(name, description, ram, errors, main, [first, second], end);

    /// <summary>Makes a model of a source that uses a return path and has no configuration section.</summary>
    /// <param name="name">The name.</param>
    /// <param name="description">What happens in it.</param>
    /// <param name="ram">The guest's RAM in the end.</param>
    /// <param name="errors">Why it may fail.</param>
    /// <param name="main">The main channel.</param>
    /// <param name="channels">The multifd channels.</param>
    /// <param name="end">How the connections end.</param>
    internal static ScheduleModel Model(
        string name, string description, byte[] ram, StreamErrorCode[] errors, ModelStream main, ModelStream[] channels,
        ConnectionEnd end)
    {
        MigrationCapabilities capabilities = new();
        capabilities.Set("multifd", channels.Length > 0);
        MachineProfile machine = MachineProfile.None(new RamBlockDescription { Name = ModelStream.BlockName, LengthBytes = ram.Length });
        machine.SendConfiguration = false;
        machine.SuppressVmDescription = true;
        machine.Validate();
        long bytes = channels.Sum(channel => channel.Bytes);
        return new()
        {
            Name = name,
            Description = description,
            Machine = machine,
            Capabilities = capabilities,
            Parameters = new(),
            Connections =
            [
                main.ToConnection("main", end), .. channels.Select((channel, number) => channel.ToConnection($"channel {number}", end)),
            ],
            Queries = Queries,
            Ram = ram,
            Figures = new(
                channels.Sum(channel => channel.NormalPages), channels.Sum(channel => channel.ZeroPages),
                channels.SelectMany(channel => channel.PageNumbers).Distinct().Count(), bytes, main.Bytes + bytes),
            Errors = errors,
        };
    }
}
