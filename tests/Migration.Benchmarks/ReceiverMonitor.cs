using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json;

namespace Migration.Benchmarks;

/// <summary>Enough of a QMP client to time a migration.</summary>
internal sealed class ReceiverMonitor : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly StreamReader _reader;
    private bool _completed;

    public ReceiverMonitor(string path, Process process)
    {
        while (true)
        {
            try
            {
                _socket.Connect(new UnixDomainSocketEndPoint(path));
                break;
            }
            catch (SocketException)
            {
                if (process.HasExited)
                    throw new InvalidOperationException("the receiver ended before it answered");
                Thread.Sleep(5);
            }
        }
        _reader = new(new NetworkStream(_socket));
        _reader.ReadLine();
        Execute("""{"execute":"qmp_capabilities"}""");
    }

    public void Execute(string command)
    {
        Send(command);
        AwaitReturn(command);
    }

    /// <summary>Sends a command whose reply is awaited later.</summary>
    public void Send(string command) => _socket.Send(System.Text.Encoding.UTF8.GetBytes(command + "\n"));

    /// <summary>Waits for the reply to a command that was sent.</summary>
    public void AwaitReturn(string command)
    {
        while (true)
        {
            using JsonDocument reply = JsonDocument.Parse(_reader.ReadLine() ?? "{\"return\":{}}");
            if (reply.RootElement.TryGetProperty("error", out JsonElement error))
                throw new InvalidOperationException($"{command}: {error}");
            if (IsCompleted(reply.RootElement))
                _completed = true;
            if (reply.RootElement.TryGetProperty("return", out _))
                return;
        }
    }

    public void WaitForCompleted()
    {
        while (!_completed)
        {
            using JsonDocument message = JsonDocument.Parse(_reader.ReadLine() ?? throw new IOException("QMP ended"));
            _completed = IsCompleted(message.RootElement);
        }
    }

    private static bool IsCompleted(JsonElement message) =>
        message.TryGetProperty("event", out JsonElement name) && name.GetString() == "MIGRATION"
        && message.GetProperty("data").GetProperty("status").GetString() switch
        {
            "completed" => true,
            "failed" => throw new InvalidOperationException("the migration failed"),
            _ => false,
        };

    public void Dispose()
    {
        _reader.Dispose();
        _socket.Dispose();
    }
}
