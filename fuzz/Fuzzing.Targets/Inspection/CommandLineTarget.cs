using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using Fuzzing.Engine;
using Fuzzing.Engine.Mutation;
using Fuzzing.Targets.Formats;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Incoming.Commands;
using Qemu.Migration.Incoming.Transports;

namespace Fuzzing.Targets.Inspection;

/// <summary>A word of the command line; the first byte says which option it is the value of.</summary>
internal sealed class CommandLineTarget : InspectionTarget
{
    private const int Options = 5;
    private static readonly char[] Units = ['B', 'K', 'M', 'G'];

    public override string Name => "command-line";

    public override string Covers => "Values of the command line: addresses, sizes, objects, parameters, properties of the source.";

    public override string Asserts => "FormatException or a value within its range: an address is read again as it was written, a size is the number times its unit.";

    public override int MaximumBytes => 1024;

    public override InputFormat Format => CommandLineFormat.Instance;

    protected override void RunInput(ReadOnlyMemory<byte> input)
    {
        if (input.IsEmpty)
            return;

        // No argument of a process has a NUL.
        string text = Encoding.UTF8.GetString(input.Span[1..]).Split('\0')[0];
        try
        {
            switch (input.Span[0] % Options)
            {
                case 0:
                    AddressRules.Judge(MigrationAddress.Parse(text));
                    break;
                case 1:
                    JudgeSize(text);
                    break;
                case 2:
                    JsonElement made = ObjectOption.Parse(text);
                    FindingException.Unless(made.ValueKind == JsonValueKind.Object, "an object has members", $"{made.ValueKind}");
                    break;
                case 3:
                    JudgeParameter(text);
                    break;
                default:
                    JudgeProperty(text);
                    break;
            }
        }
        catch (FormatException error)
        {
            JudgeReason(error.Message);
        }
    }

    private static void JudgeSize(string text)
    {
        foreach (char unit in Units)
        {
            long bytes = QemuSize.Parse(text, unit);
            FindingException.Unless(bytes >= 0, "a size is not negative", $"'{text}' is {bytes}");
            FindingException.Unless(
                QemuSize.Parse($"{bytes}B", 'K') == bytes, "a size is read again as it was written", $"'{text}' is {bytes}");
            if (!text.AsSpan().ContainsAnyExceptInRange('0', '9'))
            {
                BigInteger expected = BigInteger.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture) << (10 * "BKMG".IndexOf(unit, StringComparison.Ordinal));
                FindingException.Unless(bytes == expected, "a size is the number times its unit", $"'{text}' {unit} is {bytes}");
            }
        }
    }

    private static void JudgeParameter(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
            return;
        MigrationParameters parameters = new();
        if (parameters.TrySet(text[..equals], text[(equals + 1)..]) is { } reason)
            JudgeReason(reason);
        FindingException.Unless(
            parameters.MultifdChannels is >= 1 and <= 255, "there are 1 to 255 multifd channels", $"{parameters.MultifdChannels}");
    }

    private static void JudgeProperty(string text)
    {
        MachineProfile machine = Machines.None;
        if (MigrationProperties.TryApply(ref machine, text) is { } reason)
            JudgeReason(reason);
        machine.Validate();
    }
}
