using System.Text;
using System.Text.Json.Nodes;
using Qemu.Migration.Destination.Machine;

namespace Incoming.Tests;

/// <summary>A QMP session without a transport, on a machine with one RAM block.</summary>
public abstract class QmpSessionFixture : IDisposable
{
    private protected readonly TestKit.Destination _destination;
    private protected readonly QmpHost _host;

    protected QmpSessionFixture(string blockName = "ram", long blockBytes = 1 << 20)
    {
        _destination = new(MachineProfile.None(new RamBlockDescription { Name = blockName, LengthBytes = blockBytes }));
        _host = new(_destination);
    }

    private protected JsonNode Last => JsonNode.Parse(_host.Lines[^1])!;

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) => _destination.Dispose();

    private protected static string? Error(JsonNode reply) => (string?)reply["error"]?["desc"];

    private protected JsonNode Send(string line)
    {
        _host.Session.Feed(Encoding.UTF8.GetBytes(line + "\n"));
        return Last;
    }

    private protected void Negotiate() => Send("""{"execute":"qmp_capabilities"}""");
}
