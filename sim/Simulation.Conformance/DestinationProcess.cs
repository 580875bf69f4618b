using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Simulation.Conformance;

/// <summary>A fresh destination for one case, as a process: the machine <c>none</c>, RAM in a shared file, waiting for its migration.</summary>
internal sealed class DestinationProcess : IDisposable
{
    /// <summary>How often it may seem to sleep while it starts: what is late may be this process.</summary>
    private const int MostRounds = 30;

    /// <summary>Which of the settings is the one of the capabilities.</summary>
    private const int SetCapabilities = 1;

    private readonly Process _process;
    private readonly string _folder;
    private readonly Socket? _line;
    private readonly bool _listensByItself;
    private readonly Task _reading;
    private readonly Task<string> _errors;
    private Task[] _settings = [];

    private DestinationProcess(Process process, string folder, DestinationMonitor monitor, Socket? line, bool listensByItself)
    {
        _process = process;
        _folder = folder;
        _line = line;
        _listensByItself = listensByItself;
        ExitsOnError = listensByItself;
        Monitor = monitor;
        Quiescence = new Quiescence(process.Id);
        _reading = Monitor.ReadAsync();
        _errors = process.StandardError.ReadToEndAsync();
    }

    /// <summary>Its monitor.</summary>
    public DestinationMonitor Monitor { get; }

    /// <summary>Whether it waits.</summary>
    public Quiescence Quiescence { get; }

    /// <summary>Where it listens for its migration, and for each recovery.</summary>
    /// <param name="leg">0, or the number of the recovery.</param>
    public string SocketPathOf(int leg) => new DestinationFiles(_folder).SocketOf(leg);

    /// <summary>The file it migrates from.</summary>
    public string FilePath => new DestinationFiles(_folder).Stream;

    /// <summary>Whether it ends when its migration fails, since nobody has told it to stay: QEMU before 9.1 cannot be told, and
    /// who listens by itself is not.</summary>
    public bool ExitsOnError { get; private set; }

    /// <summary>Starts one.</summary>
    /// <param name="program">Which.</param>
    /// <param name="played">The case it is for.</param>
    /// <returns>The process; its monitor has been sent the settings.</returns>
    /// <exception cref="InvalidOperationException">It does not serve its monitor.</exception>
    public static async Task<DestinationProcess> StartAsync(IDestinationProgram program, RefereeCase played)
    {
        string folder = Directory.CreateDirectory(
            Path.Combine(Scratch, $"referee-{Environment.ProcessId}-{Interlocked.Increment(ref _started)}")).FullName;
        byte[] ram = new byte[played.Block.LengthBytes];
        played.FillRam(ram);
        DestinationFiles files = new(folder);
        File.WriteAllBytes(files.Ram, ram);
        File.WriteAllBytes(files.Machine, played.Profile.ToJson());
        if (played.IsFile)
            File.WriteAllBytes(files.Stream, played.Connections[0].Bytes.Span);
        DestinationCommand command = program.CommandFor(played, files);
        ProcessStartInfo start = new(command.Program, command.Arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string variable, string value) in command.Environment)
            start.Environment[variable] = value;
        Process process = Process.Start(start)!;
        Socket? line = null;
        try
        {
            if (command.ServesMonitorSocket)
                line = await ConnectAsync(process, files);
        }
        catch (InvalidOperationException)
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }

        NetworkStream? both = line is null ? null : new(line);
        DestinationMonitor monitor = new((Stream?)both ?? process.StandardInput.BaseStream, (Stream?)both ?? process.StandardOutput.BaseStream);
        DestinationProcess started = new(process, folder, monitor, line, program.ListensByItself);
        started.Configure(played);
        return started;
    }

    /// <summary>Waits until it has started and taken its settings.</summary>
    /// <returns>Why it refuses the capabilities of the case, or null.</returns>
    /// <exception cref="InvalidOperationException">It does not start, or refuses a parameter.</exception>
    public async Task<string?> AwaitReadyAsync()
    {
        try
        {
            Task ready = Task.WhenAll(_settings);
            for (int i = 0; !await Quiescence.OutlastsAsync(ready); i++)
            {
                if (i == MostRounds)
                    throw new InvalidOperationException("it does not answer its monitor");
            }

            await ready;
            Quiescence.HasStarted();
            return null;
        }
        catch (InvalidOperationException refusal) when (_settings[SetCapabilities].IsFaulted)
        {
            return refusal.Message;
        }
        catch (IOException)
        {
            throw new InvalidOperationException($"it does not start: {(await EndAsync()).Errors}");
        }
    }

    /// <summary>Begins the migration.</summary>
    /// <param name="uri">Where from.</param>
    public async Task ListenAsync(string uri)
    {
        if (_listensByItself)
            return;
        try
        {
            await Monitor.Ask("migrate-incoming", new JsonObject { ["uri"] = uri, ["exit-on-error"] = false });
        }
        catch (InvalidOperationException refusal) when (refusal.Message.Contains("'exit-on-error' is unexpected", StringComparison.Ordinal))
        {
            ExitsOnError = true;
            await Monitor.Ask("migrate-incoming", new JsonObject { ["uri"] = uri });
        }
    }

    /// <summary>Has it recover its migration.</summary>
    /// <param name="uri">Where from.</param>
    public Task RecoverAsync(string uri) => Monitor.Ask("migrate-recover", new JsonObject { ["uri"] = uri });

    /// <summary>What is in its RAM.</summary>
    /// <returns>The block's bytes.</returns>
    public byte[] ReadRam() => File.ReadAllBytes(new DestinationFiles(_folder).Ram);

    /// <summary>Ends it, if it has not ended.</summary>
    /// <returns>How it ended by itself ("signal 11", "exit code 1"), or null where it had not; and what it said.</returns>
    public async Task<(string? Death, string Errors)> EndAsync()
    {
        // One that has closed its monitor is about to end.
        bool lives = !Monitor.IsClosed;
        if (!lives)
            await Quiescence.OutlastsAsync(_process.WaitForExitAsync());
        _process.Kill();
        await _process.WaitForExitAsync();
        string errors = string.Join('\n', (await _errors).Split('\n').Where(line => !IsNoise(line))).Trim();
        int code = _process.ExitCode;
        return (lives ? null : code > 128 ? $"signal {code - 128}" : $"exit code {code}", errors);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
        _line?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static int _started;

    // Memory where there is some: RAM files are written by every case.
    private static string Scratch => Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();

    // Of the accelerators that it is offered it takes the one that it has.
    private static bool IsNoise(string line) => line.Contains("invalid accelerator", StringComparison.Ordinal)
        || line.Contains("falling back to", StringComparison.Ordinal);

    // A program that serves its monitor on a socket is not there at once.
    private static async Task<Socket> ConnectAsync(Process process, DestinationFiles files)
    {
        Socket? socket = null;
        Quiescence quiescence = new(process.Id);
        for (int round = 0; round < MostRounds && !process.HasExited; round++)
        {
            if (await quiescence.OutlastsAsync(() => (socket = TryConnect(files.Monitor)) is not null))
                return socket!;
        }

        if (!process.HasExited)
            process.Kill();
        string errors = (await process.StandardError.ReadToEndAsync()).Trim();
        throw new InvalidOperationException($"it does not serve QMP{(errors.Length > 0 ? ": " : "")}{errors}");
    }

    private static Socket? TryConnect(string path)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    }

    private void Configure(RefereeCase played)
    {
        _settings =
        [
            Monitor.Ask("qmp_capabilities"),
            Monitor.Ask("migrate-set-capabilities", new JsonObject
            {
                ["capabilities"] = new JsonArray([.. played.Capabilities.Append("events").Distinct().Select(name =>
                    new JsonObject { ["capability"] = name, ["state"] = true })]),
            }),
            Monitor.Ask("migrate-set-parameters", new JsonObject
            {
                ["multifd-channels"] = played.MultifdChannels,
                ["multifd-compression"] = DestinationTrial.NameOf(played.Compression),
            }),
        ];
    }
}
