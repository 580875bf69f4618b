using System.Text;
using Fuzzing.Engine.Mutation;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Qapi;
using Qemu.Migration.Destination.Qapi.Schema;

namespace Fuzzing.Targets.Formats;

/// <summary>JSON texts: tokens for parts, so that values change places, and words that the reader knows.</summary>
internal sealed class JsonFormat : InputFormat
{
    private static readonly string[] Common =
        ["{}", "[]", "null", "true", "false", "-1", "0", "1e400", "2147483648", "4294967296", "18446744073709551616", "\"\"", "\"\\ud800\"", "[[[[[[[["];

    private JsonFormat(params IEnumerable<string> words)
    {
        Dictionary = [.. Common.Concat(words).Select(Encoding.UTF8.GetBytes)];
        Templates = Dictionary;
    }

    /// <summary>Commands of a monitor.</summary>
    public static JsonFormat Qmp { get; } = new(
    [
        .. QmpCommands.All.Select(command => $"{{\"execute\":\"{command.Name}\"}}\n"),
        .. QmpCommands.All.Where(command => command.Arguments.Members.Count > 0).Select(Example),
        "'", "\\'", "{'execute':\n'query-status'}", "\u00ff",
        "{\"execute\":\"migrate-incoming\",\"arguments\":{\"uri\":\"tcp:0:1\"}}\n",
        "{\"execute\":\"migrate-incoming\",\"arguments\":{\"channels\":[{\"channel-type\":\"main\",\"addr\":{\"transport\":\"socket\",\"type\":\"inet\",\"host\":\"0\",\"port\":\"1\"}}]}}\n",
        "{\"execute\":\"migrate-set-capabilities\",\"arguments\":{\"capabilities\":[{\"capability\":\"xbzrle\",\"state\":true}]}}\n",
        "{\"execute\":\"migrate-set-parameters\",\"arguments\":{\"multifd-channels\":4}}\n",
        "\"id\":1,", "\"arguments\":{}", "\"exit-on-error\":true",
        .. MigrationCapabilities.Names.Select(name => $"\"{name}\""), .. MigrationParameters.Names.Select(name => $"\"{name}\":1,"),
    ]);

    /// <summary>A description at the end of a stream.</summary>
    public static JsonFormat Description { get; } = new(
        "\"page_size\":4096,", "\"devices\":[]", "\"name\":\"timer\",", "\"instance_id\":0,", "\"vmsd_name\":\"a\",", "\"version\":1,",
        "\"fields\":[]", "\"subsections\":[]", "\"size\":8,", "\"array_len\":2,", "\"struct\":{\"name\":\"s\",\"fields\":[]},", "\"type\":\"uint32\",",
        "{\"name\":\"f\",\"type\":\"struct\",\"size\":8}");

    /// <summary>A machine profile.</summary>
    public static JsonFormat Profile { get; } = new(
        "\"format\":1,", "\"name\":\"none\",", "\"pageSizeBytes\":4096,", "\"ramBlocks\":[]", "\"devices\":[]", "\"lengthBytes\":4096,",
        "\"maxLengthBytes\":8192,", "\"shared\":true,", "\"migratable\":false,", "\"uuid\":\"01234567-89ab-cdef-0123-456789abcdef\",",
        "\"state\":{\"name\":\"s\",\"fields\":[]},", "\"instanceId\":0,", "\"subsections\":[],", "\"struct\":{\"name\":\"s\"},", "\"sinceVersion\":1,",
        "\"sizeBytes\":4,", "\"count\":3,", "\"type\":\"uint8\",", "\"minimumVersion\":1,", "null,");

    // A command with all its arguments, as the schema has them.
    private static string Example(QmpCommand command) =>
        $"{{\"execute\":\"{command.Name}\",\"arguments\":{Example(command.Arguments)}}}\n";

    private static string Example(QapiType type) => type switch
    {
        QapiObject members => $"{{{string.Join(',', members.Members.Take(8).Select(m => $"\"{m.Name}\":{Example(m.Type)}"))}}}",
        QapiArray list => $"[{Example(list.Element)}]",
        QapiEnum { Values.Count: > 0 } values => $"\"{values.Values[0]}\"",
        QapiInteger => "1",
        _ when type == QapiType.Boolean => "true",
        _ => "\"a\"",
    };

    public override IReadOnlyList<byte[]> Dictionary { get; }

    public override IReadOnlyList<byte[]> Templates { get; }

    public override void Read(ReadOnlySpan<byte> input, StructureMap map)
    {
        StreamScan scan = new(input, map);
        ReadTokens(ref scan);
    }

    /// <summary>Reads tokens from where the scan stands to the end.</summary>
    public static void ReadTokens(ref StreamScan scan)
    {
        while (scan.Left > 0)
        {
            int length = Token(scan.Input[scan.At..]);
            if (scan.Peek() is (byte)'"' && length > 2)
                scan.Map.AddBody(scan.At + 1, scan.At + length - 1);
            scan.Part(length, PartKind.Token);
        }
    }

    // A string, a number or word, or one character.
    private static int Token(ReadOnlySpan<byte> text)
    {
        if (text[0] == (byte)'"')
        {
            int end = text[1..].IndexOf((byte)'"');
            return end < 0 ? text.Length : end + 2;
        }
        int at = 0;
        while (at < text.Length && (char.IsAsciiLetterOrDigit((char)text[at]) || text[at] is (byte)'-' or (byte)'.' or (byte)'+'))
            at++;
        return Math.Max(1, at);
    }
}
