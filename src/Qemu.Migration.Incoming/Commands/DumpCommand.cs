using System.CommandLine;
using System.Text;
using Qemu.Migration.Destination.Machine;
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
        Action<StreamRecord> tell = result.GetValue(_json) ? r => output.WriteLine(RecordText.Json(r)) : r => output.WriteLine(RecordText.Line(r));
        try
        {
            // The main stream of a recorded folder. The other connections are files, which the command line can name.
            ConnectionDumper.Dump(
                input.Connections.FirstOrDefault(c => ConnectionDumper.Begins(c, FileHeader.Magic)) ?? input.Connections[0], machine, tell);
            return 0;
        }
        catch (FormatException error)
        {
            output.Flush();
            Console.Error.WriteLine($"incoming: {PeerText.Escape(error.Message)}");
            return 1;
        }
    }
}
