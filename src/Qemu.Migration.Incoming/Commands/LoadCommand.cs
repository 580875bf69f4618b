using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Destination.Memory;
using Qemu.Migration.Incoming.Native;
using Qemu.Migration.Incoming.Streams;
using Spectre.Console;

namespace Qemu.Migration.Incoming.Commands;

/// <summary><c>incoming load</c>: loads a recorded stream and prints the result.</summary>
internal sealed class LoadCommand : Command, ITeachesByExample
{
    private const int ProgressMilliseconds = 100;
    private readonly MachineArguments _machine = new();

    private readonly Argument<string> _path = new("path")
    {
        Description = "A stream (plain or .zst), or a recorded folder with a meta.json.",
    };

    private readonly Option<bool> _pageHashes = new("--page-hashes") { Description = "Print the SHA-256 of every page as well." };

    /// <summary>Makes the command.</summary>
    public LoadCommand()
        : base("load", "Load a recorded stream and print status, counters and the RAM's hashes as JSON.")
    {
        Arguments.Add(_path);
        Options.Add(_pageHashes);
        _machine.AddTo(this);
        SetAction(Run);
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string What, string CommandLine)> Examples =>
    [
        ("A stream that describes its machine", "incoming load vm.stream"),
        ("A recording, with its recorded arguments", "incoming load corpus/qemu/10.0.2/pc-xbzrle"),
        ("A pipe, which needs the machine on the command line", "zcat vm.gz | incoming load /dev/stdin -m 16M"),
        ("Exit codes", "0 completed, 1 failed, 64 the command line or a file it names is wrong"),
    ];

    private int Run(ParseResult result)
    {
        StreamInput input = StreamInput.Open(result.GetRequiredValue(_path));
        MachineProfile machine = _machine.Machine(result, input.Description.Machine);
        MigrationCapabilities capabilities = input.Description.Capabilities;
        _machine.Apply(result, capabilities);
        _machine.Apply(result, input.Description.Parameters);
        MigrationParameters parameters = input.Description.Parameters;
        RecordingEnvironment environment = new(new LoadTrace(input.Log?.SilentConnections ?? []));
        using GuestMemory memory = new(environment, machine);
        VirtualMachine guest = new(autostart: true, environment.Trace);
        IncomingMigration migration = new(environment, machine, memory, guest, capabilities, parameters);
        migration.TryBegin();
        string wanted = capabilities.Multifd
            ? $"the migration needs a main channel and {parameters.MultifdChannels} multifd channels"
            : "the migration needs a main channel";
        Task loading = Task.Factory.StartNew(
            () => RecordingEnvironment.Load(migration, input.Connections, wanted, input.Log),
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        ShowProgress(migration, loading);
        loading.GetAwaiter().GetResult();
        LoadReport report = LoadReport.Of(migration, result.GetValue(_pageHashes));
        using Stream output = StandardStream.OpenOutput();
        using (Utf8JsonWriter writer = new(output, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            JsonSerializer.Serialize(writer, report, LoadJsonContext.Default.LoadReport);
        output.Write("\n"u8);
        return migration.State.Status == MigrationStatus.Completed ? 0 : 1;
    }

    // Only a terminal shows progress.
    private static void ShowProgress(IncomingMigration migration, Task loading)
    {
        if (Console.IsErrorRedirected)
            return;
        IAnsiConsole console = AnsiConsole.Create(new() { Out = new AnsiConsoleOutput(Console.Error) });
        console.Progress().AutoClear(true).Start(context =>
        {
            ProgressTask task = context.AddTask("loading");
            while (!loading.Wait(ProgressMilliseconds))
            {
                var (status, figures) = migration.State.Snapshot();
                task.MaxValue = Math.Max(1, figures.TotalBytes);
                task.Value = figures.TotalBytes - figures.RemainingBytes;
                task.Description = $"{status.ToQapi()} {figures.Mbps:f0} Mbit/s";
            }
        });
    }
}
