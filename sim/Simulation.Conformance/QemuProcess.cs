using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Simulation.Conformance;

/// <summary>A fresh QEMU for one case: the machine <c>none</c>, RAM in a shared file, waiting for its migration.</summary>
internal sealed class QemuProcess : IDisposable
{
    /// <summary>How often it may seem to sleep while it starts: what is late may be this process.</summary>
    private const int MostRounds = 30;

    /// <summary>Which of the settings is the one of the capabilities.</summary>
    private const int SetCapabilities = 1;

    private readonly Process _process;
    private readonly string _folder;
    private readonly Task _reading;
    private readonly Task<string> _errors;
    private Task[] _settings = [];

    private QemuProcess(Process process, string folder)
    {
        _process = process;
        _folder = folder;
        Monitor = new QemuMonitor(process.StandardInput.BaseStream, process.StandardOutput.BaseStream);
        Quiescence = new Quiescence(process.Id);
        _reading = Monitor.ReadAsync();
        _errors = process.StandardError.ReadToEndAsync();
    }

    /// <summary>Its monitor.</summary>
    public QemuMonitor Monitor { get; }

    /// <summary>Whether it waits.</summary>
    public Quiescence Quiescence { get; }

    /// <summary>Where it listens for its migration, and for each recovery.</summary>
    /// <param name="leg">0, or the number of the recovery.</param>
    public string SocketPathOf(int leg) => Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"migration{leg}"));

    /// <summary>The file it migrates from.</summary>
    public string FilePath => Path.Combine(_folder, "file");

    private string RamPath => RamPathIn(_folder);

    /// <summary>Starts one.</summary>
    /// <param name="program">Which.</param>
    /// <param name="played">The case it is for.</param>
    /// <returns>The process; its monitor has been sent the settings.</returns>
    public static QemuProcess Start(QemuProgram program, RefereeCase played)
    {
        string folder = Directory.CreateDirectory(
            Path.Combine(Scratch, $"referee-{Environment.ProcessId}-{Interlocked.Increment(ref _started)}")).FullName;
        byte[] ram = new byte[played.Block.LengthBytes];
        played.FillRam(ram);
        File.WriteAllBytes(RamPathIn(folder), ram);
        ProcessStartInfo start = new(program.PathFor(played), Arguments(played, folder))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        QemuProcess process = new(Process.Start(start)!, folder);
        process.Configure(played);
        return process;
    }

    /// <summary>The command line that starts a QEMU for a case.</summary>
    /// <param name="played">The case.</param>
    /// <param name="folder">Where its files are.</param>
    /// <returns>The arguments.</returns>
    public static IReadOnlyList<string> Arguments(RefereeCase played, string folder)
    {
        string block = played.Block.Name;
        string bytes = played.Block.LengthBytes.ToString(CultureInfo.InvariantCulture);
        List<string> arguments =
        [
            "-M", $"none,memory-backend={block}{(played.Profile.SuppressVmDescription ? ",suppress-vmdesc=on" : "")}",
            "-object", $"memory-backend-file,id={block},size={bytes},share=on,mem-path={RamPathIn(folder)}",
            "-m", $"{played.Block.LengthBytes / 1024}K",

            // There is no processor: the accelerator of the tests does, where it is built in.
            "-accel", "qtest", "-accel", "tcg", "-nodefaults", "-display", "none", "-incoming", "defer", "-qmp", "stdio",
        ];
        if (!played.Autostart)
            arguments.Add("-S");
        if (played.Profile.Uuid is { } uuid)
            arguments.AddRange(["-uuid", $"{uuid}"]);
        Global(!played.Profile.SendConfiguration, "send-configuration=off");
        Global(!played.Profile.SendSectionFooter, "send-section-footer=off");
        Global(played.Profile.MultifdFlushAfterEachSection, "multifd-flush-after-each-section=on");
        return arguments;

        void Global(bool isSet, string property)
        {
            if (isSet)
                arguments.AddRange(["-global", $"migration.{property}"]);
        }
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
                    throw new InvalidOperationException("QEMU does not answer its monitor");
            }

            await ready;
            return null;
        }
        catch (InvalidOperationException refusal) when (_settings[SetCapabilities].IsFaulted)
        {
            return refusal.Message;
        }
        catch (IOException)
        {
            throw new InvalidOperationException($"QEMU does not start: {(await EndAsync()).Errors}");
        }
    }

    /// <summary>Begins the migration.</summary>
    /// <param name="uri">Where from.</param>
    public Task ListenAsync(string uri) =>
        Monitor.Ask("migrate-incoming", new JsonObject { ["uri"] = uri, ["exit-on-error"] = false });

    /// <summary>Has it recover its migration.</summary>
    /// <param name="uri">Where from.</param>
    public Task RecoverAsync(string uri) => Monitor.Ask("migrate-recover", new JsonObject { ["uri"] = uri });

    /// <summary>What is in its RAM.</summary>
    /// <returns>The block's bytes.</returns>
    public byte[] ReadRam() => File.ReadAllBytes(RamPath);

    /// <summary>Ends it, if it has not ended.</summary>
    /// <returns>How it ended by itself ("signal 11", "exit code 1"), or null where it had not; and what it said.</returns>
    public async Task<(string? Death, string Errors)> EndAsync()
    {
        bool lives = !_reading.IsCompleted;
        _process.Kill();
        await _process.WaitForExitAsync();
        string errors = (await _errors).Trim();
        int code = _process.ExitCode;
        return (lives ? null : code > 128 ? $"signal {code - 128}" : $"exit code {code}", errors);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static int _started;

    // Memory where there is some: RAM files are written by every case.
    private static string Scratch => Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();

    private static string RamPathIn(string folder) => Path.Combine(folder, "ram");

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
