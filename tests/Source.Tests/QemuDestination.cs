using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Simulation.Source.Hosting;
using Simulation.Source.Precopy;
using Processes;
using TestKit;

namespace Source.Tests;

/// <summary>
/// A real QEMU waiting for a migration of <c>-M none</c>, its RAM in a file that the test reads; in postcopy, which needs RAM that is no
/// file, the monitor writes it out.
/// </summary>
internal sealed class QemuDestination : IAsyncDisposable
{
    /// <summary>Seconds after which a destination that has not ended never will: it has a few MiB to load.</summary>
    private const int Patience = 4;

    /// <summary>Seconds that a test waits for what will come, however busy the machine is.</summary>
    public const int LongPatience = 60;

    private readonly string _folder = Directory.CreateTempSubdirectory("source-tests-").FullName;
    private readonly Process _process;
    private readonly Socket _monitor = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private StreamReader _replies = StreamReader.Null;
    private StreamWriter _commands = StreamWriter.Null;

    private QemuDestination(RealQemu qemu, string arguments, long fileBytes)
    {
        SocketPath = Path.Combine(_folder, "migration");
        File.WriteAllBytes(RamPath, new byte[fileBytes]);
        _process = Process.Start(new ProcessStartInfo(qemu.Program,
            $"-display none -nodefaults -monitor none {arguments.Replace("{folder}", _folder, StringComparison.Ordinal)} "
            + $"-qmp unix:{_folder}/qmp,server=on,wait=off -incoming defer")
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
    }

    public string RamPath => Path.Combine(_folder, "ram");

    public string SocketPath { get; private set; }

    public string FilePath => Path.Combine(_folder, "file");

    public static Task<QemuDestination> StartAsync(
        RealQemu qemu, long ramBytes, SourceOptions options, string extraArguments = "")
    {
        string memory = options.PostcopyRam || options.DirtyBitmaps
            ? $"-object memory-backend-ram,id=m0,size={ramBytes}"
            : $"-object memory-backend-file,id=m0,mem-path={{folder}}/ram,size={ramBytes},share=on";
        return StartMachineAsync(qemu, $"-M none,memory-backend=m0 {memory} -m {ramBytes / 1024}K {extraArguments}", options, ramBytes);
    }

    /// <summary>Starts any machine; <c>{folder}</c> in its arguments is the test's own.</summary>
    public static async Task<QemuDestination> StartMachineAsync(
        RealQemu qemu, string arguments, SourceOptions options, long fileBytes)
    {
        QemuDestination destination = new(qemu, arguments, fileBytes);
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

    /// <summary><c>migrate-recover</c>: listens anew, where <see cref="SocketPath"/> says from now on.</summary>
    public async Task RecoverAsync()
    {
        SocketPath += "+";
        await ExecuteAsync("migrate-recover", new() { ["uri"] = "unix:" + SocketPath });
    }

    public async Task<SocketChannel> ConnectAsync()
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath));
        return new SocketChannel(socket);
    }

    /// <summary>Waits for a status of the migration.</summary>
    public async Task WaitForAsync(string status)
    {
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(LongPatience));
        while ((string?)(await ExecuteAsync("query-migrate"))?["status"] != status)
            await Task.Delay(10, patience.Token);
    }

    /// <summary>The first bytes of physical memory.</summary>
    public async Task<byte[]> PhysicalRamAsync(long bytes)
    {
        await ExecuteAsync("pmemsave", new() { ["val"] = 0, ["size"] = bytes, ["filename"] = RamPath });
        return Ram();
    }

    /// <summary>Ends the process.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
    }

    public Task StopAsync() => ExecuteAsync("stop");

    /// <summary>Waits for the end, "completed" or "failed", or for another status: "crashed", or "hung" where it does not come.</summary>
    public async Task<string> EndAsync(int seconds = Patience, string other = "completed")
    {
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(seconds));
        try
        {
            while (true)
            {
                JsonNode? reply = await ExecuteAsync("query-migrate").WaitAsync(patience.Token);
                string status = (string?)reply?["status"] ?? "none";
                if (status is "completed" or "failed" || status == other)
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
            ("mapped-ram", options.MappedRam), ("postcopy-ram", options.PostcopyRam), ("postcopy-preempt", options.PostcopyPreempt),
            ("dirty-bitmaps", options.DirtyBitmaps),
        ];
        try
        {
            await ExecuteAsync("migrate-set-capabilities", new()
            {
                ["capabilities"] = new JsonArray([.. capabilities.Select(capability =>
                    new JsonObject { ["capability"] = capability.Name, ["state"] = capability.Value })]),
            });
        }
        catch (InvalidOperationException refused) when (refused.Message.Contains("ostcopy is not supported", StringComparison.Ordinal))
        {
            await DisposeAsync();
            Needs.That(false, $"QEMU may not use userfaultfd here ({refused.Message}): postcopy tests need root");
        }

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
        catch (Exception broken) when (broken is SocketException or ObjectDisposedException)
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
