using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Processes;

/// <summary>A QMP client that keeps the events it meets.</summary>
public sealed class QmpClient : IDisposable
{
    private readonly Socket _socket;
    private readonly StreamReader _reader;

    private QmpClient(Socket socket)
    {
        _socket = socket;
        _reader = new(new NetworkStream(socket), Encoding.UTF8);
        // A QEMU that starts beside may send an event (RESUME) to a client that it has not greeted yet.
        Greeting = ReadReply();
        if (Greeting["QMP"] is null)
            throw new InvalidOperationException($"the monitor does not greet: {Greeting.ToJsonString()}");
    }

    public JsonNode Greeting { get; }

    public List<JsonNode> Events { get; } = [];

    /// <summary>Connects as soon as there is somebody to connect to.</summary>
    public static QmpClient Connect(string path, TestProcess process)
    {
        for (Stopwatch waited = Stopwatch.StartNew(); ;)
        {
            try
            {
                return new(PeerSocket.Connect(new UnixDomainSocketEndPoint(path)));
            }
            catch (SocketException)
            {
                if (process.HasExited)
                    throw new InvalidOperationException($"the program ended: {process.Wait().Errors}");
                if (waited.Elapsed > Patience.Limit)
                    throw new InvalidOperationException($"the program does not listen on {path}");
                Thread.Sleep(5);
            }
        }
    }

    public static QmpClient ConnectAndNegotiate(string path, TestProcess process)
    {
        QmpClient client = Connect(path, process);
        client.Run("qmp_capabilities");
        return client;
    }

    public void SendRaw(string text) => SendRaw(Encoding.UTF8.GetBytes(text));

    public void SendRaw(byte[] bytes) => _socket.Send(bytes);

    /// <summary>Sends as much as the other side takes, and reads nothing.</summary>
    public void SendUnread(string text)
    {
        _socket.Blocking = false;
        try
        {
            for (byte[] bytes = Encoding.UTF8.GetBytes(text); bytes.Length > 0;)
                bytes = bytes[_socket.Send(bytes)..];
        }
        catch (SocketException)
        {
            // It takes no more.
        }
        _socket.Blocking = true;
    }

    public JsonNode ReadLine() =>
        JsonNode.Parse(_reader.ReadLine() ?? throw new EndOfStreamException("the monitor closed the connection"))!;

    /// <summary>The next reply; events before it are kept.</summary>
    public JsonNode ReadReply()
    {
        while (true)
        {
            JsonNode line = ReadLine();
            if (line["event"] is null)
                return line;
            Events.Add(line);
        }
    }

    /// <summary>Reads until an event has come.</summary>
    public JsonNode WaitFor(string name, Func<JsonNode, bool>? condition = null)
    {
        for (int i = 0; ; i++)
        {
            if (i == Events.Count)
                Events.Add(ReadLine());
            if ((string?)Events[i]["event"] == name && (condition is null || condition(Events[i])))
                return Events[i];
        }
    }

    public JsonNode WaitForStatus(string status) => WaitFor("MIGRATION", e => (string?)e["data"]!["status"] == status);

    /// <summary>The whole reply to a command.</summary>
    public JsonNode Ask(string command, string arguments = "{}")
    {
        SendRaw($$"""{"execute":{{JsonSerializer.Serialize(command)}},"arguments":{{arguments}}}""" + "\n");
        return ReadReply();
    }

    /// <summary>What a command returns.</summary>
    public JsonNode Run(string command, string arguments = "{}")
    {
        JsonNode reply = Ask(command, arguments);
        return reply["return"] ?? throw new InvalidOperationException($"{command}: {reply.ToJsonString()}");
    }

    /// <summary>The description of a command's error.</summary>
    public string? Refuse(string command, string arguments = "{}") => (string?)Ask(command, arguments)["error"]?["desc"];

    public void SwitchOn(string capability) =>
        Run("migrate-set-capabilities", $$"""{"capabilities":[{"capability":"{{capability}}","state":true}]}""");

    public void Dispose()
    {
        _reader.Dispose();
        _socket.Dispose();
    }
}
