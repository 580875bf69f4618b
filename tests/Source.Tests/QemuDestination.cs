using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Simulation.Source.Hosting;
using Simulation.Source.Precopy;
using TestKit;

namespace Source.Tests;

/// <summary>A real QEMU waiting for a migration of <c>-M none</c>, its RAM in a file that the test reads.</summary>
internal sealed class QemuDestination : IAsyncDisposable
{
    /// <summary>Seconds after which a destination that has not ended never will: it has a few MiB to load.</summary>
    private const int Patience = 4;

    private readonly string _folder = Directory.CreateTempSubdirectory("source-tests-").FullName;
    private readonly Process _process;
    private readonly Socket _monitor = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private StreamReader _replies = StreamReader.Null;
    private StreamWriter _commands = StreamWriter.Null;

    private QemuDestination(RealQemu qemu, long ramBytes, string extraArguments)
    {
        File.WriteAllBytes(RamPath, new byte[ramBytes]);
        _process = Process.Start(new ProcessStartInfo(qemu.Program,
            "-M none,memory-backend=m0 -display none -nodefaults -monitor none "
            + $"-object memory-backend-file,id=m0,mem-path={RamPath},size={ramBytes},share=on -m {ramBytes / 1024}K "
            + $"-qmp unix:{_folder}/qmp,server=on,wait=off -incoming defer {extraArguments}")
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
    }

    public string RamPath => Path.Combine(_folder, "ram");

    public string SocketPath => Path.Combine(_folder, "migration");

    public string FilePath => Path.Combine(_folder, "file");

    public static async Task<QemuDestination> StartAsync(
        RealQemu qemu, long ramBytes, SourceOptions options, string extraArguments = "")
    {
        QemuDestination destination = new(qemu, ramBytes, extraArguments);
        string path = Path.Combine(destination._folder, "qmp");
        for (int i = 0; !destination._monitor.Connected; i++)
        {
            try
            {
                await destination._monitor.ConnectAsync(new UnixDomainSocketEndPoint(path));
            }
            catch (SocketException) when (i < 200 && !destination._process.HasExited)
            {
                await Task.Delay(20);
            }
        }
        NetworkStream stream = new(destination._monitor);
        destination._replies = new StreamReader(stream);
        destination._commands = new StreamWriter(stream) { AutoFlush = true };
        await destination._replies.ReadLineAsync();
        await destination.ExecuteAsync("qmp_capabilities");
        await destination.ConfigureAsync(options);
        return destination;
    }

    public Task ListenAsync(string uri) =>
        ExecuteAsync("migrate-incoming", new() { ["uri"] = uri, ["exit-on-error"] = false });

    public async Task<SocketChannel> ConnectAsync()
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath));
        return new SocketChannel(socket);
    }

    /// <summary>Waits for the end: "completed", "failed", "crashed", or "hung" where the monitor answers no more.</summary>
    public async Task<string> EndAsync()
    {
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(Patience));
        try
        {
            while (true)
            {
                JsonNode? reply = await ExecuteAsync("query-migrate").WaitAsync(patience.Token);
                string status = (string?)reply?["status"] ?? "none";
                if (status is "completed" or "failed")
                    return status;
                await Task.Delay(10, patience.Token);
            }
        }
        catch (IOException)
        {
            return "crashed";
        }
        catch (OperationCanceledException)
        {
            return "hung";
        }
    }

    public byte[] Ram() => File.ReadAllBytes(RamPath);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _monitor.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task ConfigureAsync(SourceOptions options)
    {
        (string Name, bool Value)[] capabilities =
        [
            ("xbzrle", options.Xbzrle), ("return-path", options.ReturnPath), ("switchover-ack", options.SwitchoverAck),
            ("validate-uuid", options.ValidateUuid), ("x-ignore-shared", options.IgnoreShared), ("multifd", options.Multifd),
            ("mapped-ram", options.MappedRam),
        ];
        await ExecuteAsync("migrate-set-capabilities", new()
        {
            ["capabilities"] = new JsonArray([.. capabilities.Select(capability =>
                new JsonObject { ["capability"] = capability.Name, ["state"] = capability.Value })]),
        });
        await ExecuteAsync("migrate-set-parameters", new()
        {
            ["multifd-channels"] = options.MultifdChannels,
            ["multifd-compression"] = options.MultifdCompression.ToString().ToLowerInvariant(),
            ["zero-page-detection"] = options.ZeroPageDetection.ToString().ToLowerInvariant(),
        });
    }

    private async Task<JsonNode?> ExecuteAsync(string command, JsonObject? arguments = null)
    {
        JsonObject request = new() { ["execute"] = command };
        if (arguments is not null)
            request["arguments"] = arguments;
        await _commands.WriteLineAsync(request.ToJsonString(JsonSerializerOptions.Web));
        while (true)
        {
            string line = await _replies.ReadLineAsync() ?? throw new IOException("QEMU closed its monitor");
            JsonNode reply = JsonNode.Parse(line)!;
            if (reply["error"] is { } error)
                throw new InvalidOperationException($"{command}: {error["desc"]}");
            if (reply["return"] is { } result)
                return result;
        }
    }
}

/// <summary>A unix socket as a channel of the source.</summary>
internal sealed class SocketChannel(Socket socket) : ISourceChannel
{
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> content)
    {
        try
        {
            while (!content.IsEmpty)
                content = content[await socket.SendAsync(content)..];
        }
        catch (SocketException broken)
        {
            throw new IOException(broken.Message, broken);
        }
    }

    public async ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        try
        {
            return await socket.ReceiveAsync(buffer);
        }
        catch (Exception broken) when (broken is SocketException or ObjectDisposedException)
        {
            throw new IOException(broken.Message, broken);
        }
    }

    public void Close() => socket.Dispose();
}

/// <summary>The machine's clock and threads, for a real destination.</summary>
internal sealed class ThreadPoolHost : ISourceHost
{
    public long NowNanoseconds => (long)Stopwatch.GetElapsedTime(0).TotalNanoseconds;

    public async ValueTask DelayAsync(long nanoseconds) => await Task.Delay(TimeSpan.FromMicroseconds(nanoseconds / 1000.0));

    public Task Spawn(string name, Func<Task> body) => Task.Run(body);
}
