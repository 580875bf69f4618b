using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Qemu.Migration.Destination.Qapi.Commands;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Destination.Qapi;

/// <summary>
/// One QMP client's conversation, without its transport: bytes in, whole lines out.
/// <code>
/// greeting --> negotiation --qmp_capabilities--> commands
/// </code>
/// A message that is not a command gets an error, and the session goes on. Bytes may come in any portions.
/// </summary>
internal sealed class QmpSession
{
    // The reply's object adds a level around the client's id.
    private static readonly JsonWriterOptions WriterOptions = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 1 + Limits.QmpNesting,
    };

    private readonly IncomingHost _host;
    private readonly Action<ReadOnlyMemory<byte>> _send;
    private readonly QmpInput _input = new();
    private readonly List<int> _descriptors = [];
    private volatile bool _negotiated;

    /// <summary>Makes a session.</summary>
    /// <param name="host">What commands act on.</param>
    /// <param name="send">Takes one line of UTF-8, ending in CR LF, without blocking. Called by <see cref="Feed"/>, and by any task
    /// for events.</param>
    public QmpSession(IncomingHost host, Action<ReadOnlyMemory<byte>> send)
    {
        _host = host;
        _send = send;
    }

    /// <summary>Sends the greeting.</summary>
    public void Greet() => _send(Line(writer =>
    {
        writer.WriteStartObject("QMP");
        writer.WritePropertyName("version");
        MonitorCommands.WriteVersion(writer);
        writer.WriteStartArray("capabilities");
        writer.WriteEndArray();
        writer.WriteEndObject();
    }));

    /// <summary>Takes bytes from the client and carries out the commands that they complete.</summary>
    /// <param name="bytes">What came, in any portion.</param>
    public void Feed(ReadOnlySpan<byte> bytes)
    {
        while (_input.Take(ref bytes) is { } message)
        {
            JsonElement request = default;
            if ((message.Error ?? QmpParser.Parse(message, out request)) is { } error)
                SendError(default, QmpError.Generic(error));
            else
                Answer(request);
        }
    }

    /// <summary>Takes over the file descriptors that came with the next bytes, for a command that takes one. Descriptors that came before
    /// and that no command took are closed.</summary>
    /// <param name="descriptors">The descriptors. From now on the session owns them.</param>
    public void ReceiveDescriptors(IReadOnlyList<int> descriptors)
    {
        if (descriptors.Count == 0)
            return;
        CloseDescriptors();
        _descriptors.AddRange(descriptors);
    }

    /// <summary>Closes the descriptors that no command took, because the client has gone.</summary>
    public void CloseDescriptors()
    {
        foreach (int descriptor in _descriptors)
            _host.Descriptors.Close(descriptor);
        _descriptors.Clear();
    }

    /// <summary>One line with one JSON object.</summary>
    internal static ReadOnlyMemory<byte> Line(Action<Utf8JsonWriter> members)
    {
        ArrayBufferWriter<byte> line = new();
        using (Utf8JsonWriter writer = new(line, WriterOptions))
        {
            writer.WriteStartObject();
            members(writer);
            writer.WriteEndObject();
        }
        line.Write("\r\n"u8);
        return line.WrittenMemory;
    }

    internal void SendEvent(ReadOnlyMemory<byte> line)
    {
        if (_negotiated)
            _send(line);
    }

    private void Answer(JsonElement request)
    {
        JsonElement id = default;
        if (request.ValueKind == JsonValueKind.Object)
            request.TryGetProperty("id", out id);
        ArrayBufferWriter<byte> result = new();
        using Utf8JsonWriter writer = new(result, WriterOptions);
        QmpError? error = CheckEnvelope(request) ?? Execute(request, writer);
        if (error is not null)
        {
            SendError(id, error);
            return;
        }
        writer.Flush();
        _send(Line(reply =>
        {
            reply.WritePropertyName("return");
            reply.WriteRawValue(result.WrittenSpan, skipInputValidation: true);
            WriteId(reply, id);
        }));
    }

    private static QmpError? CheckEnvelope(JsonElement request)
    {
        if (request.ValueKind != JsonValueKind.Object)
            return QmpError.Generic("QMP input must be a JSON object");
        foreach (JsonProperty member in request.EnumerateObject())
        {
            switch (member.Name)
            {
                case "id":
                    break;
                case "execute" when member.Value.ValueKind != JsonValueKind.String:
                    return QmpError.Generic("QMP input member 'execute' must be a string");
                case "arguments" when member.Value.ValueKind != JsonValueKind.Object:
                    return QmpError.Generic("QMP input member 'arguments' must be an object");
                case "execute" or "arguments":
                    break;
                default:
                    return QmpError.Generic($"QMP input member '{member.Name}' is unexpected");
            }
        }
        return request.TryGetProperty("execute", out _) ? null : QmpError.Generic("QMP input lacks member 'execute'");
    }

    private QmpError? Execute(JsonElement request, Utf8JsonWriter result)
    {
        string name = request.GetProperty("execute").GetString()!;
        QmpArguments arguments = new(request.TryGetProperty("arguments", out JsonElement members) ? members : null);
        if (_negotiated)
            return QmpCommands.Execute(_host, name, arguments, result, TakeDescriptor);
        if (name != "qmp_capabilities")
            return QmpError.NotFound("Expecting capabilities negotiation with 'qmp_capabilities'");
        if (QmpCommands.CheckNegotiation(arguments) is { } error)
            return error;
        _negotiated = true;
        result.WriteStartObject();
        result.WriteEndObject();
        return null;
    }

    // A command takes the first one. As in QEMU, the others are closed.
    private int? TakeDescriptor()
    {
        if (_descriptors.Count == 0)
            return null;
        int first = _descriptors[0];
        _descriptors.RemoveAt(0);
        CloseDescriptors();
        return first;
    }

    private void SendError(JsonElement id, QmpError error) => _send(Line(reply =>
    {
        WriteId(reply, id);
        reply.WriteStartObject("error");
        reply.WriteString("class", error.Class);
        reply.WriteString("desc", error.Description);
        reply.WriteEndObject();
    }));

    // The id comes back on one line, however the client laid it out. Numbers keep their text: 2.50 comes back as 2.50.
    private static void WriteId(Utf8JsonWriter reply, JsonElement id)
    {
        if (id.ValueKind == JsonValueKind.Undefined)
            return;
        reply.WritePropertyName("id");
        id.WriteTo(reply);
    }
}
