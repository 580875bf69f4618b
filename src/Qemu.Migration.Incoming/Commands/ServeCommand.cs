using System.CommandLine;
using System.CommandLine.Parsing;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Destination.Qapi;
using Qemu.Migration.Destination.Session;
using Qemu.Migration.Incoming.Daemon;

namespace Qemu.Migration.Incoming.Commands;

/// <summary><c>incoming serve</c>: a process that a real QEMU migrates into.</summary>
internal sealed class ServeCommand : Command, ITeachesByExample
{
    private readonly MachineArguments _machine = new();

    private readonly Option<string> _incoming = new("--incoming")
    {
        Description = "Where the stream comes from; 'defer' waits for migrate-incoming on QMP.",
        HelpName = "tcp:HOST:PORT[,to=PORT][,ipv4][,ipv6]|unix:PATH|file:PATH[,offset=N]|fd:N|exec:CMD|defer",
        DefaultValueFactory = _ => "defer",
    };

    private readonly Option<string> _memoryFile = new("--memory-file")
    {
        Description = "A file for the first RAM block, which other processes can read or map. Created when it does not exist.", HelpName = "PATH",
    };

    private readonly Option<string> _memoryFileMode = new("--memory-file-mode")
    {
        Description = "The permissions of the memory file when it is created.", HelpName = "OCTAL",
        DefaultValueFactory = _ => "0600",
    };

    private readonly Option<string[]> _qmp = new("--qmp")
    {
        Description = "Where to serve QMP; this machine only, unless --allow-remote. Repeatable.", HelpName = "unix:PATH|tcp:HOST:PORT",
    };

    private readonly Option<string[]> _objects = new("--object")
    {
        Description = "An object, as QEMU's -object; the parameter tls-creds names it. Repeatable.",
        HelpName = "tls-creds-x509,id=ID,dir=PATH,endpoint=server[,verify-peer=on|off]",
    };

    private readonly Option<bool> _allowRemote = new("--allow-remote") { Description = "Let QMP listen where other machines can reach it." };

    private readonly Option<int> _connections = new("--connections")
    {
        Description = "How many connections the migration may have; one more closes the oldest that has not said what it is.",
        HelpName = "COUNT", DefaultValueFactory = _ => SessionLimits.Default.Connections,
    };

    private readonly Option<int> _introduction = new("--introduction-seconds")
    {
        Description = "How long a connection may take to say what it is.",
        HelpName = "SECONDS", DefaultValueFactory = _ => (int)SessionLimits.Default.Introduction.TotalSeconds,
    };

    private readonly Option<int> _allChannels = new("--channels-seconds")
    {
        Description = "How long a source's main connection may wait for its multifd connections, and they for it; how long a recovery may take.",
        HelpName = "SECONDS", DefaultValueFactory = _ => (int)SessionLimits.Default.AllChannels.TotalSeconds,
    };

    private readonly Option<int> _qmpClients = new("--qmp-clients")
    {
        Description = "How many clients each --qmp may have; one more disconnects the one that was idle for longest.",
        HelpName = "COUNT", DefaultValueFactory = _ => 64,
    };

    private readonly Option<int> _warnings = new("--warnings-per-second")
    {
        Description = "How many lines a second peers can cause on stderr; further lines are only counted.",
        HelpName = "COUNT", DefaultValueFactory = _ => 20,
    };

    private readonly Option<string> _touch = new("--touch")
    {
        Description = "In postcopy the guest touches random pages, drawn from a seed, so many a second; pages that are missing are asked for.",
        HelpName = "random:SEED,RATE",
    };

    private readonly Option<bool> _stopped = new("-S") { Description = "Do not start the guest when the migration is complete." };

    /// <summary>Makes the command.</summary>
    public ServeCommand()
        : base("serve", "Wait for a migration, as qemu -incoming does, and answer QMP.")
    {
        foreach (Option option in (Option[])[_incoming, _memoryFile, _memoryFileMode, _objects, _qmp, _allowRemote, _connections, _introduction, _allChannels, _qmpClients, _warnings, _touch, _stopped])
            Options.Add(option);
        _machine.AddTo(this);
        foreach (Option<int> count in (Option<int>[])[_connections, _introduction, _allChannels, _qmpClients, _warnings])
            count.Validators.Add(RequirePositive);
        SetAction(Run);
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string What, string CommandLine)> Examples =>
    [
        ("A source with -M none -m 1G migrates here", "incoming serve --incoming unix:/tmp/mig.sock -m 1G --qmp unix:/tmp/qmp.sock"),
        ("A pc whose RAM other processes can read", "incoming serve --incoming tcp::4444 --machine pc.json --memory-file /dev/shm/ram"),
        ("In postcopy the guest touches 1000 random pages a second",
            "incoming serve --incoming tcp::4444 --machine pc.json --capability postcopy-ram --touch random:1,1000 --qmp unix:/tmp/qmp.sock"),
        ("Over TLS, from sources with a certificate of the CA in /etc/pki/qemu",
            "incoming serve --incoming tcp::4444 -m 1G --object tls-creds-x509,id=tls0,dir=/etc/pki/qemu,endpoint=server --parameter tls-creds=tls0"),
    ];

    private int Run(ParseResult result)
    {
        MigrationCapabilities capabilities = new();
        MigrationParameters parameters = new();
        _machine.Apply(result, capabilities);
        _machine.Apply(result, parameters);
        if (capabilities.FindConflict(parameters) is { } conflict)
            throw new FormatException($"--capability: {conflict}");
        MachineProfile machine = _machine.Machine(result, MachineProfile.None());
        string? memoryFile = result.GetValue(_memoryFile);
        if (memoryFile is not null)
            machine = ShareFirstBlock(machine);
        using IncomingDaemon daemon = new(new()
        {
            Incoming = result.GetValue(_incoming)!,
            Machine = machine,
            MemoryFile = memoryFile,
            MemoryFileMode = ParseMode(result.GetValue(_memoryFileMode)!),
            Qmp = result.GetValue(_qmp) ?? [],
            Limits = new()
            {
                Connections = result.GetValue(_connections),
                Introduction = TimeSpan.FromSeconds(result.GetValue(_introduction)),
                AllChannels = TimeSpan.FromSeconds(result.GetValue(_allChannels)),
            },
            QmpClients = result.GetValue(_qmpClients),
            WarningsPerSecond = result.GetValue(_warnings),
            AllowRemote = result.GetValue(_allowRemote),
            Touches = result.GetValue(_touch) is { } touches ? RandomTouches.Parse(touches) : null,
            Autostart = !result.GetValue(_stopped),
            Capabilities = capabilities,
            Parameters = parameters,
        });
        foreach (string text in result.GetValue(_objects) ?? [])
        {
            if (HostObjects.Add(daemon, ObjectOption.Parse(text)) is { } reason)
                throw new FormatException($"--object {text}: {reason}");
        }
        return daemon.Run();
    }

    private static void RequirePositive(OptionResult result)
    {
        if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out int count) && count <= 0)
            result.AddError($"{result.IdentifierToken?.Value} must be at least 1");
    }

    private static UnixFileMode ParseMode(string octal)
    {
        if (octal.Length is not (3 or 4) || octal.Any(digit => digit is < '0' or > '7'))
            throw new FormatException($"--memory-file-mode: '{octal}' is no mode: use three or four octal digits, such as 0640");
        return (UnixFileMode)Convert.ToInt32(octal, 8);
    }

    private static MachineProfile ShareFirstBlock(MachineProfile machine) => machine.RamBlocks.Count > 0
        ? machine with { RamBlocks = [machine.RamBlocks[0] with { Shared = true }, .. machine.RamBlocks.Skip(1)] }
        : throw new FormatException("--memory-file: the machine has no RAM; use -m or --block");
}
