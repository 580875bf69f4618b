using System.Buffers.Binary;
using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Incoming.Channels;
using Qemu.Migration.Incoming.Native;
using Qemu.Migration.Incoming.Streams;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Incoming.Commands;

/// <summary><c>incoming dump</c>: prints a stream record by record.</summary>
internal sealed class DumpCommand : Command, ITeachesByExample
{
    private const int BufferBytes = 1 << 16;

    private readonly Argument<string> _path = new("path")
    {
        Description = "A main stream, a multifd channel or a return path (plain or .zst), or a recorded folder with a meta.json.",
    };

    private readonly Option<bool> _json = new("--json") { Description = "One JSON object per line." };

    /// <summary>Makes the command.</summary>
    public DumpCommand()
        : base("dump", "Print a stream, one line per record: offset, section, kind, block, page and details.")
    {
        Arguments.Add(_path);
        Options.Add(_json);
        SetAction(Run);
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string What, string CommandLine)> Examples =>
    [
        ("Everything but pages", "incoming dump vm.stream | grep -v -e ZERO -e PAGE"),
        ("What a destination sent back", "incoming dump corpus/qemu/10.0.2/none-return-path/ch0.back.zst"),
        ("The history of one page", "incoming dump vm.stream --json | jq 'select(.page == 4096)'"),
    ];

    private int Run(ParseResult result)
    {
        StreamInput input = StreamInput.Open(result.GetRequiredValue(_path));
        MachineProfile machine = input.Description.Machine;
        using StreamWriter output = new(StandardStream.OpenOutput(), new UTF8Encoding(false), BufferBytes);
        Action<StreamRecord> tell = result.GetValue(_json) ? r => output.WriteLine(Json(r)) : r => output.WriteLine(Line(r));
        try
        {
            // The main stream of a recorded folder. The other connections are files, which the command line can name.
            Dump(input.Connections.FirstOrDefault(c => Begins(c, FileHeader.Magic)) ?? input.Connections[0], machine, tell);
            return 0;
        }
        catch (FormatException error)
        {
            output.Flush();
            Console.Error.WriteLine($"incoming: {PeerText.Escape(error.Message)}");
            return 1;
        }
    }

    // The first bytes of a connection say what it is.
    private static void Dump(MigrationChannel channel, MachineProfile machine, Action<StreamRecord> tell)
    {
        if (Begins(channel, MultifdPacket.Magic))
        {
            using MultifdDumper packets = new(channel, machine.PageSizeBytes, tell);
            packets.Dump();
        }
        else if (channel is StoredChannel answers
            && ReturnPathMessage.TryRead(answers.View(0, ReturnPathMessage.LongestBytes).Span, out _, out _) == DecodeStatus.Done)
        {
            using ReturnPathDumper messages = new(channel, tell);
            messages.Dump();
        }
        else
        {
            using StreamDumper sections = new(channel, machine, tell);
            sections.Dump();
        }
    }

    private static bool Begins(MigrationChannel channel, uint magic) =>
        channel is StoredChannel stream
        && BinaryPrimitives.TryReadUInt32BigEndian(stream.View(0, sizeof(uint)).Span, out uint first) && first == magic;

    private static string Line(in StreamRecord record)
    {
        string page = record.Page is { } offset ? string.Create(CultureInfo.InvariantCulture, $"0x{offset:x}") : "-";
        string section = record.Section.Length > 0 ? PeerText.Escape(record.Section) : "-";
        string block = record.Block.Length > 0 ? PeerText.Escape(record.Block) : "-";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"0x{record.Offset:x10}  {section,-16} {record.Kind,-14} {block,-12} {page,-12} {PeerText.Escape(record.Extra)}").TrimEnd();
    }

    private static string Json(in StreamRecord record)
    {
        using MemoryStream line = new();
        using (Utf8JsonWriter writer = new(line))
        {
            writer.WriteStartObject();
            writer.WriteNumber("offset", record.Offset);
            writer.WriteString("section", record.Section);
            writer.WriteString("kind", record.Kind);
            if (record.Block.Length > 0)
                writer.WriteString("block", record.Block);
            if (record.Page is { } page)
                writer.WriteNumber("page", page);
            if (record.Extra.Length > 0)
                writer.WriteString("extra", record.Extra);
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(line.GetBuffer(), 0, (int)line.Length);
    }
}
