using System.Runtime.InteropServices;
using System.Text.Json;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Destination.Memory;
using Qemu.Migration.Destination.Qapi;
using Qemu.Migration.Destination.Session;
using Qemu.Migration.Incoming.Native;
using Qemu.Migration.Incoming.Qmp;
using Qemu.Migration.Incoming.Tls;
using Qemu.Migration.Incoming.Transports;

namespace Qemu.Migration.Incoming.Daemon;

/// <summary>What <c>incoming serve</c> was asked for.</summary>
internal sealed record DaemonOptions
{
    /// <summary>Where the stream comes from, or <c>defer</c>.</summary>
    public required string Incoming { get; init; }

    /// <summary>The machine.</summary>
    public required MachineProfile Machine { get; init; }

    /// <summary>A file for the first RAM block.</summary>
    public string? MemoryFile { get; init; }

    /// <summary>Who may read and write the memory file, where it is made.</summary>
    public UnixFileMode MemoryFileMode { get; init; } = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Where monitors may connect.</summary>
    public IReadOnlyList<string> Qmp { get; init; } = [];

    /// <summary>Whether monitors may come from other machines.</summary>
    public bool AllowRemote { get; init; }

    /// <summary>How long and how often a peer can make the migration wait.</summary>
    public SessionLimits Limits { get; init; } = SessionLimits.Default;

    /// <summary>How many clients each monitor may have.</summary>
    public int QmpClients { get; init; } = 64;

    /// <summary>How many lines a second of stderr peers can cause.</summary>
    public int WarningsPerSecond { get; init; } = 20;

    /// <summary>What the guest does while its source has some of its pages; null where it does nothing.</summary>
    public GuestProgram? Touches { get; init; }

    /// <summary>Whether the guest starts when it has arrived.</summary>
    public bool Autostart { get; init; } = true;

    /// <summary>The capabilities.</summary>
    public required MigrationCapabilities Capabilities { get; init; }

    /// <summary>The parameters.</summary>
    public required MigrationParameters Parameters { get; init; }
}

/// <summary>
/// The process that a real QEMU migrates into. It behaves like QEMU: a failed migration ends it with exit code 1 unless
/// <c>exit-on-error</c> is false, a completed one leaves it up until <c>quit</c> or a signal.
/// </summary>
internal sealed class IncomingDaemon : IncomingHost, IDisposable
{
    private const int ReplyMilliseconds = 1000;
    private const PosixSignal FileSizeLimit = (PosixSignal)25;
    private readonly DaemonOptions _options;
    private readonly DaemonLog _log;
    private readonly PosixSignalRegistration _fileSizeLimit;
    private readonly DaemonTrace _trace;
    private readonly DaemonEnvironment _environment;
    private readonly GuestMemory _memory;
    private readonly TlsObjects _tls;
    private readonly object _monitor = new();
    private readonly TaskCompletionSource<int> _exit = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Replaced as a whole: tasks that look for room read it at any time.
    private volatile QmpServer[] _servers = [];
    private IncomingMigration? _migration;
    private IncomingTransport? _transport;

    /// <summary>Maps the machine's RAM.</summary>
    /// <param name="options">What was asked for.</param>
    /// <exception cref="IOException">The memory file cannot be used.</exception>
    /// <exception cref="OutOfMemoryException">There is not that much memory.</exception>
    public IncomingDaemon(DaemonOptions options)
    {
        _options = options;
        // Without a handler SIGXFSZ ends the process. With one, a write beyond the limit returns an error.
        _fileSizeLimit = PosixSignalRegistration.Create(FileSizeLimit, context => context.Cancel = true);
        DaemonThread.KeepSpares();
        _log = new(TimeProvider.System, options.WarningsPerSecond);
        _trace = new(TimeProvider.System, options.Capabilities, _log);
        _environment = new(_trace, options.Machine.RamBlocks.FirstOrDefault()?.Name, options.MemoryFile, options.MemoryFileMode)
        {
            Program = options.Touches,
        };
        _memory = new(_environment, options.Machine);
        _tls = new(options.Parameters, mayEndUncleanly: !options.Machine.MultifdCleanTlsTermination);
        VirtualMachine = new(options.Autostart, _trace);
    }

    /// <inheritdoc/>
    public override IncomingMigration? Migration => _migration;

    /// <inheritdoc/>
    public override IReadOnlyList<SocketAddress> ListeningAddresses => _transport?.Addresses ?? [];

    /// <inheritdoc/>
    public override MigrationCapabilities Capabilities => _options.Capabilities;

    /// <inheritdoc/>
    public override MigrationParameters Parameters => _options.Parameters;

    /// <inheritdoc/>
    public override MachineProfile Machine => _options.Machine;

    /// <inheritdoc/>
    public override VirtualMachine VirtualMachine { get; }

    /// <summary>Serves until it is told to end.</summary>
    /// <returns>The exit code: 0, or 1 after a failure.</returns>
    /// <exception cref="FormatException">A QMP address is none.</exception>
    /// <exception cref="IOException">A QMP address cannot be listened on.</exception>
    public int Run()
    {
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        using PosixSignalRegistration hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, End);
        _environment.MakeRoom = () => QmpServer.TryDisconnectIdlest(_servers, "the system has no thread left");
        QmpService monitors = new(_environment, this, _trace, _monitor);
        foreach (string address in _options.Qmp)
        {
            QmpServer server = QmpServer.Start(address, _options.AllowRemote, _options.QmpClients, monitors, _log);
            _servers = [.. _servers, server];
            // With port 0 the system chooses the port.
            if (address.EndsWith(":0", StringComparison.Ordinal))
                _log.Write($"QMP on {server.Name}");
        }
        if (_options.Incoming != "defer" && BeginFromCommandLine() is { } reason)
        {
            _log.Write($"--incoming {_options.Incoming}: {reason}");
            return 1;
        }
        int code = _exit.Task.GetAwaiter().GetResult();
        // Keep the monitor open until the reply to `quit` is sent.
        if (Monitor.TryEnter(_monitor, ReplyMilliseconds))
            Monitor.Exit(_monitor);
        return code;
    }

    /// <inheritdoc/>
    public override string? StartIncoming(string uri, bool exitOnError) => Start(() => MigrationAddress.Parse(uri), exitOnError);

    /// <inheritdoc/>
    public override string? StartIncomingFrom(JsonElement address, bool exitOnError) => Start(() => QapiAddress.Read(address), exitOnError);

    /// <inheritdoc/>
    protected override void CloseDescriptor(int descriptor) => DescriptorSocket.Close(descriptor);

    /// <inheritdoc/>
    public override string? StartRecovery(string uri)
    {
        // It may have the address of the one before.
        _transport?.Dispose();
        _transport = null;
        if (Open(() => MigrationAddress.Parse(uri), out IncomingTransport? transport) is { } reason)
            return reason;
        try
        {
            _transport = transport;
            transport!.Start(_environment, _migration!);
            return null;
        }
        catch (IOException error)
        {
            transport!.Dispose();
            _transport = null;
            return error.Message;
        }
    }

    private string? Open(Func<MigrationAddress> readAddress, out IncomingTransport? transport)
    {
        transport = null;
        try
        {
            MigrationAddress address = readAddress();
            if (address.FindConflict(Capabilities) is { } conflict)
                return conflict;
            transport = IncomingTransport.Open(address.Take(Descriptors), _log);
        }
        catch (Exception error) when (error is FormatException or IOException)
        {
            return error.Message;
        }
        if (transport.Protect(_tls) is { } reason)
        {
            transport.Dispose();
            return reason;
        }
        return null;
    }

    private string? Start(Func<MigrationAddress> readAddress, bool exitOnError)
    {
        if (Open(readAddress, out IncomingTransport? opened) is { } reason)
            return reason;
        IncomingTransport transport = opened!;
        // From here on the migration uses its own copy of the capabilities.
        IncomingMigration migration = new(_environment, _options.Machine, _memory, VirtualMachine, Capabilities.Copy(), Parameters.Copy(), _options.Limits);
        TaskCompletionSource abandoned = new(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            _environment.Spawn("end", async () =>
            {
                await _environment.WaitFor(Task.WhenAny(migration.Ended, abandoned.Task));
                transport.Dispose();
                _transport?.Dispose();
                Report(migration, exitOnError);
            });
            migration.TryBegin();
            _transport = transport;
            Volatile.Write(ref _migration, migration);
            transport.Start(_environment, migration);
            return null;
        }
        catch (IOException error)
        {
            // There was no thread for one of them.
            abandoned.SetResult();
            transport.Dispose();
            if (_migration is not null)
                migration.Abandon();
            _transport = null;
            Volatile.Write(ref _migration, null);
            return error.Message;
        }
    }

    /// <inheritdoc/>
    public override string? AddTlsCredentials(string id, TlsCredsX509Properties properties) => _tls.Add(id, properties);

    /// <inheritdoc/>
    public override string? DeleteObject(string id) => _tls.Delete(id);

    /// <inheritdoc/>
    public override void Quit()
    {
        _trace.Shutdown("host-qmp-quit");
        _exit.TrySetResult(0);
    }

    /// <summary>Removes the sockets and parts with the monitors.</summary>
    public void Dispose()
    {
        _transport?.Dispose();
        QmpServer.EndAll(_servers);
        _log.Dispose();
        _fileSizeLimit.Dispose();
    }

    private string? BeginFromCommandLine()
    {
        lock (_monitor)
            return StartIncoming(_options.Incoming, exitOnError: true);
    }

    private void Report(IncomingMigration migration, bool exitOnError)
    {
        if (migration.State.Error is not { } error)
            return;
        _log.Write($"load of migration failed: {error.Message}");
        if (exitOnError)
            _exit.TrySetResult(1);
    }

    private void End(PosixSignalContext context)
    {
        context.Cancel = true;
        _trace.Shutdown("host-signal");
        _exit.TrySetResult(0);
    }
}
