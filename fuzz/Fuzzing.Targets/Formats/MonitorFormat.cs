using System.Buffers.Binary;
using System.Text;
using Fuzzing.Engine.Mutation;
using Fuzzing.Targets.Hosts;
using Fuzzing.Targets.Monitors;

namespace Fuzzing.Targets.Formats;

/// <summary>A <see cref="MonitorScript"/>: chunks of connections and of monitors' clients, the latter in tokens.</summary>
internal sealed class MonitorFormat : InputFormat
{
    public static MonitorFormat Instance { get; } = new();

    public override IReadOnlyList<byte[]> Dictionary { get; } = [.. JsonFormat.Qmp.Dictionary, .. WireWords.Binary];

    public override IReadOnlyList<byte[]> Templates { get; } = [.. SessionTemplates.Chunks(), .. PostcopyFormat.Instance.Templates, .. MonitorTemplates.Chunks()];

    public override void Read(ReadOnlySpan<byte> input, StructureMap map) => SessionFormat.Instance.Read(input, map);
}

/// <summary>What monitors say, and whole sessions with monitors.</summary>
internal static class MonitorTemplates
{
    private const byte Client = SessionScript.Connections - 1;
    private const byte OtherClient = MonitorScript.FirstClient;

    // Places that a migration cannot come from, and those where it can.
    private static readonly string[] Refused =
    [
        """{"uri":"fd:nobody"}""", """{"uri":"file:/dev/fdset/9"}""", Socket("""{"type":"unix","path":"x","abstract":true}"""),
        Socket("""{"type":"inet","host":"0","port":"9","to":5}"""), Socket("""{"type":"vsock","cid":"1","port":"2"}"""), Socket("""{"type":"unix","path":""}"""),
        Address("""{"transport":"rdma","host":"0","port":"1"}"""), Address("""{"transport":"exec","args":[]}"""),
        Address("""{"transport":"file","filename":"/x","offset":18446744073709551615}"""),
    ];

    private static readonly string[] Accepted =
    [
        """{"uri":"fd:main"}""", """{"uri":"file:/dev/fdset/0"}""", Socket("""{"type":"fd","str":"main"}"""), Socket("""{"type":"unix","path":"/x"}"""),
        Socket("""{"type":"inet","host":"0","port":"1","ipv4":true}"""), Address("""{"transport":"exec","args":["/bin/sh","-c","x"]}"""),
        Address("""{"transport":"exec","args":["cat","it's"]}"""), Address("""{"transport":"file","filename":"/x","offset":1}"""),
    ];

    private static readonly string[] Commands =
    [
        Command("query-migrate"), Command("query-status"), Command("cont"), Command("stop"), Command("migrate-pause"), Command("quit"),
        Command("migrate-recover", """{"uri":"tcp:0:2"}"""), Command("x-touch", """{"block":"ram","offset":0,"length":4096}"""),
        Command("migrate-incoming", """{"uri":"fd:main"}"""), Command("migrate-incoming", """{"uri":"file:/x"}"""), Command("getfd", """{"fdname":"main"}"""),
        Set("events"), Set("multifd"), Set("postcopy-ram"), Set("return-path"), Command("query-migrate-parameters"), Command("query-migrate-capabilities"),
    ];

    /// <summary>Chunks of a monitor's client.</summary>
    public static IEnumerable<byte[]> Chunks()
    {
        yield return Text(OtherClient, Command("qmp_capabilities"));
        yield return Text(Client, Command("qmp_capabilities"));
        foreach (string command in Commands)
            yield return Text(Client, command);
        yield return [.. Text(Client | 0x40, Command("getfd", """{"fdname":"main"}"""))];
        yield return [Client | 0x80, 0, 0];
    }

    /// <summary>Sessions that a monitor begins, with a question behind each chunk.</summary>
    public static IEnumerable<byte[]> Sessions()
    {
        byte[] main = StreamTemplates.Whole();
        byte[] cut = [.. SessionTemplates.Chunk(0, main[..40]), .. SessionTemplates.Chunk(0, main[40..])];
        yield return [0, .. Begin("""{"uri":"tcp:0:1"}""", "events"), .. Asked(cut)];
        yield return [0, .. Begin("""{"uri":"file:/x"}""", "events", "return-path"), .. Asked(cut)];
        foreach (string address in Accepted)
        {
            byte[] given = [.. Text(Client | 0x40, Command("getfd", """{"fdname":"main"}""")), .. Text(Client | 0x40, Command("add-fd"))];
            byte[] refused = [.. Refused.SelectMany(other => Text(Client, Command("migrate-incoming", other)))];
            yield return [0, .. Text(Client, Command("qmp_capabilities")), .. given, .. refused, .. Text(Client, Command("migrate-incoming", address)), .. Asked(cut)];
        }
        foreach (byte[] session in SessionTemplates.Sessions())
        {
            int channels = SessionDestinations.ChannelsOf(session[0]);
            string parameters = Command(
                "migrate-set-parameters", $$"""{"multifd-channels":{{channels}},"multifd-compression":"{{SessionDestinations.CompressionOf(session[0])}}"}""");
            yield return [session[0], .. Text(Client, Command("qmp_capabilities") + parameters), .. Begin("""{"uri":"tcp:0:1"}""", "events", "multifd"), .. Asked(session[1..])];
        }
        foreach (byte[] session in PostcopyTemplates.Sessions().Where(session => (session[0] & 3) == 0))
        {
            yield return [session[0], .. Begin("""{"uri":"tcp:0:1"}""", "events", "postcopy-ram", "return-path"), .. Asked(session[1..])];
        }
    }

    private static byte[] Begin(string address, params string[] capabilities) =>
    [
        .. Text(Client, Command("qmp_capabilities") + string.Concat(capabilities.Select(Set))), .. Text(OtherClient, Command("qmp_capabilities")),
        .. Text(Client, Command("migrate-incoming", address)),
    ];

    // Chunks of other senders than connections are none here.
    private static byte[] Asked(ReadOnlySpan<byte> chunks)
    {
        List<byte> asked = [];
        int number = 0;
        while (chunks.Length >= SessionScript.ChunkHeaderBytes)
        {
            int end = Math.Min(SessionScript.ChunkHeaderBytes + BinaryPrimitives.ReadUInt16BigEndian(chunks[1..]), chunks.Length);
            if (chunks[0] % SessionScript.Connections < OtherClient)
            {
                asked.AddRange(chunks[..end]);
                asked.AddRange(Text(number % 2 == 0 ? Client : OtherClient, Commands[number++ % 4 == 3 ? number % Commands.Length : 0]));
            }
            chunks = chunks[end..];
        }
        return [.. asked];
    }

    private static byte[] Text(int client, string text) => SessionTemplates.Chunk((byte)client, Encoding.UTF8.GetBytes(text));

    private static string Command(string name, string arguments = "{}") => $"{{\"execute\":\"{name}\",\"arguments\":{arguments}}}\n";

    private static string Address(string address) => $$"""{"channels":[{"channel-type":"main","addr":{{address}}}]}""";

    private static string Socket(string members) => Address("""{"transport":"socket",""" + members[1..]);

    private static string Set(string capability) =>
        Command("migrate-set-capabilities", $$"""{"capabilities":[{"capability":"{{capability}}","state":true}]}""");
}
