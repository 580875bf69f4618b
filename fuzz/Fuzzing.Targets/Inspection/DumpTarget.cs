using System.Text;
using System.Text.Json;
using Fuzzing.Engine;
using Fuzzing.Engine.Mutation;
using Fuzzing.Targets.Formats;
using Fuzzing.Targets.Text;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Incoming.Channels;
using Qemu.Migration.Incoming.Streams;

namespace Fuzzing.Targets.Inspection;

/// <summary>What <c>incoming dump</c> prints of a file.</summary>
internal sealed class DumpTarget : InspectionTarget
{
    private const int RecordCharacters = 20_000;
    private readonly Action<StreamRecord> _judge;
    private int _length;
    private int _records;
    private long _offset;

    public DumpTarget() => _judge = Judge;

    public override string Name => "dump";

    public override string Covers => "incoming dump on a file that anybody may have made: main streams, multifd channels, return paths.";

    public override string Asserts => "FormatException or the end of the file; records have their bytes, in order; each is a line that a terminal shows, and a JSON object.";

    public override InputFormat Format => InspectionFormat.Instance;

    protected override void RunInput(ReadOnlyMemory<byte> input)
    {
        (_length, _records, _offset) = (input.Length, 0, 0);
        MemoryChannel channel = new("fuzz", input, canWrite: false);
        MachineProfile machine = StreamDescriber.Describe(channel).Machine;
        try
        {
            ConnectionDumper.Dump(channel, machine, _judge);
        }
        catch (FormatException error)
        {
            JudgeReason(error.Message);
        }
    }

    private void Judge(StreamRecord record)
    {
        _records++;
        FindingException.Unless(
            record.Offset >= _offset && record.Offset <= _length, "records come in order", $"{record.Kind} at {record.Offset} of {_length}, behind {_offset}");
        FindingException.Unless(_records <= (2 * _length) + 4, "a record has its bytes", $"{_records} records in {_length} bytes");
        _offset = record.Offset;
        LineRules.Judge(RecordText.Line(record), RecordCharacters);
        Utf8JsonReader json = new(Encoding.UTF8.GetBytes(RecordText.Json(record)));
        bool isObject = json.Read() && json.TokenType == JsonTokenType.StartObject;
        while (json.Read())
        {
            // To its end.
        }
        FindingException.Unless(isObject, "a record is a JSON object", $"{json.TokenType}");
    }
}
