using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Processes;
using ZstdSharp;

namespace Interop.Tests;

/// <summary>
/// Stands between a source and a destination, passes on what they send, and keeps it as a recording in the layout of
/// <c>corpus/qemu</c> (its README).
/// </summary>
internal sealed class Recorder : IDisposable
{
    private const int PageBytes = 4096;
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly string _destination;
    private readonly object _lock = new();
    private readonly List<(MemoryStream Forward, MemoryStream Back)> _connections = [];
    private readonly List<Socket> _sockets = [];
    private readonly List<Task> _pumps = [];
    private readonly List<Task> _forward = [];
    private readonly StringBuilder _log = new();
    private readonly long _start = Environment.TickCount64;

    /// <summary>Listens.</summary>
    /// <param name="path">Where the source connects.</param>
    /// <param name="destination">Where the destination listens.</param>
    public Recorder(string path, string destination)
    {
        _destination = destination;
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        _listener.Listen(256);
        _pumps.Add(Task.Factory.StartNew(Accept, TaskCreationOptions.LongRunning));
    }

    /// <summary>Writes the recording when all connections have come and the source has closed them: one without a return path has
    /// completed when its bytes are in the sockets.</summary>
    /// <param name="connections">How many connections there are.</param>
    /// <param name="folder">Where to.</param>
    /// <param name="meta">What is known of it; completed by the blocks.</param>
    /// <param name="block">The name of its RAM block.</param>
    /// <param name="ram">That block's content at the end.</param>
    /// <param name="file">The file that the source wrote, where it wrote one.</param>
    public void Save(int connections, string folder, JsonObject meta, string block, byte[] ram, byte[]? file = null)
    {
        Task[] forward = [];
        Patience.Until(HaveCome, "some connections did not come");
        Assert.True(Task.WaitAll(forward, Patience.Limit), "the source did not close its connections");
        Dispose();
        Directory.CreateDirectory(folder);
        for (int i = 0; i < _connections.Count; i++)
        {
            Write(folder, string.Create(CultureInfo.InvariantCulture, $"ch{i}.fwd"), _connections[i].Forward.ToArray());
            if (_connections[i].Back.Length > 0)
                Write(folder, string.Create(CultureInfo.InvariantCulture, $"ch{i}.back"), _connections[i].Back.ToArray());
        }
        if (file is not null)
            Write(folder, "stream.bin", file);
        else
            Write(folder, "log.jsonl", Encoding.UTF8.GetBytes(_log.ToString()));
        Write(folder, $"ram-{block}.sha", [.. ram.Chunk(PageBytes).SelectMany(SHA256.HashData)]);
        meta["blocks"] = new JsonObject
        {
            [block] = new JsonObject
            {
                ["used"] = ram.Length,
                ["total"] = ram.Length,
                ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(ram)),
                ["nonzero_pages"] = ram.Chunk(PageBytes).Count(page => page.AsSpan().ContainsAnyExcept((byte)0)),
            },
        };
        File.WriteAllText(Path.Combine(folder, "meta.json"), meta.ToJsonString(new() { WriteIndented = true }) + "\n");

        bool HaveCome()
        {
            lock (_lock)
                forward = [.. _forward];
            return forward.Length >= connections;
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        Task[] pumps;
        lock (_lock)
        {
            foreach (Socket socket in _sockets)
                socket.Dispose();
            pumps = [.. _pumps, .. _forward];
        }
        Task.WaitAll(pumps);
    }

    private static void Write(string folder, string name, byte[] content)
    {
        using Compressor compressor = new(19);
        File.WriteAllBytes(Path.Combine(folder, name + ".zst"), compressor.Wrap(content).ToArray());
    }

    private void Accept()
    {
        try
        {
            while (true)
            {
                Socket source = _listener.Accept();
                Socket destination = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                lock (_lock)
                {
                    _sockets.AddRange([source, destination]);
                    destination.Connect(new UnixDomainSocketEndPoint(_destination));
                    int number = _connections.Count;
                    var (forward, back) = (new MemoryStream(), new MemoryStream());
                    _connections.Add((forward, back));
                    _forward.Add(Task.Factory.StartNew(
                        () => Pump(number, "fwd", source, destination, forward), TaskCreationOptions.LongRunning));
                    _pumps.Add(Task.Factory.StartNew(() => Pump(number, "back", destination, source, back), TaskCreationOptions.LongRunning));
                }
            }
        }
        catch (Exception end) when (end is SocketException or ObjectDisposedException)
        {
            // The recorder has been disposed of, or nobody listens at the destination: Save misses its connections then.
        }
    }

    private void Pump(int number, string direction, Socket from, Socket to, MemoryStream kept)
    {
        byte[] buffer = new byte[1 << 16];
        bool isGone = false;
        try
        {
            while (from.Receive(buffer) is > 0 and int length)
            {
                lock (_lock)
                {
                    double seconds = (Environment.TickCount64 - _start) / 1000.0;
                    _log.Append(CultureInfo.InvariantCulture, $"[{seconds:f3}, {number}, \"{direction}\", {kept.Length}, {length}]\n");
                    kept.Write(buffer, 0, length);
                }
                isGone = isGone || !TrySend(to, buffer.AsSpan(0, length));
            }
            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception end) when (end is SocketException or ObjectDisposedException)
        {
            // One of the two has gone.
        }
    }

    // A destination that has all it needs does not wait for the rest; it is recorded nevertheless.
    private static bool TrySend(Socket to, ReadOnlySpan<byte> bytes)
    {
        try
        {
            to.Send(bytes);
            return true;
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }
}
