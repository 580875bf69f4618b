using Fuzzing.Engine;
using Qemu.Migration.Destination.Qapi;

namespace Fuzzing.Targets.Monitors;

/// <summary>A monitor's client from its greeting on.</summary>
internal sealed class FuzzMonitor
{
    private readonly MonitorHost _host;
    private readonly QmpSession _session;
    private int _bytes;
    private int _replies;
    private bool _hasReturn;

    /// <summary>Connects a client.</summary>
    /// <param name="host">What its commands act on.</param>
    public FuzzMonitor(MonitorHost host)
    {
        _host = host;
        _session = new(host, Judge);
        _session.Greet();
        host.Events.Attach(_session);
    }

    /// <summary>Sends bytes, and a descriptor beside them.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="withDescriptor">Whether one comes.</param>
    public void Send(ReadOnlySpan<byte> bytes, bool withDescriptor)
    {
        _bytes += bytes.Length;
        if (withDescriptor)
            _session.ReceiveDescriptors([_host.Open()]);
        _session.Feed(bytes);
        FindingException.Unless(_replies <= _bytes + 1, "a reply has its command", $"{_replies} lines for {_bytes} bytes");
    }

    /// <summary>Disconnects.</summary>
    public void Leave()
    {
        _host.Events.Detach(_session);
        _session.CloseDescriptors();
    }

    // Before its negotiation a client gets errors, and no events; the negotiation is the first command that returns something.
    private void Judge(ReadOnlyMemory<byte> line)
    {
        string kind = QmpLineRules.Judge(line.Span);
        if (kind == "event")
        {
            FindingException.Unless(_hasReturn, "an event comes after the negotiation", $"{line.Length} bytes");
            return;
        }
        _replies++;
        _hasReturn |= kind == "return";
    }
}
