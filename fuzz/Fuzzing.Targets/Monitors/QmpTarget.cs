using Fuzzing.Engine;
using Fuzzing.Engine.Mutation;
using Fuzzing.Targets.Formats;
using Qemu.Migration.Destination.Qapi;

namespace Fuzzing.Targets.Monitors;

/// <summary>A monitor's bytes.</summary>
internal sealed class QmpTarget : FuzzTarget
{
    private readonly FuzzIncomingHost _host = new();
    private int _lines;

    public override string Name => "qmp";

    public override string Covers =>
        "QmpSession: QEMU's dialect, every command with its arguments in every state of a migration, file descriptors, replies.";

    public override string Asserts =>
        "Each line sent is one JSON object that is a greeting, return, error or event; each descriptor is closed once; no exception.";

    public override int MaximumBytes => 4096;

    public override InputFormat Format => JsonFormat.Qmp;

    protected override void RunInput(ReadOnlyMemory<byte> input)
    {
        _host.Reset();
        _lines = 0;
        QmpSession session = new(_host, Judge);
        session.Greet();

        // The second portion begins in the middle of whatever stands there.
        int cut = input.Length / 3;
        session.ReceiveDescriptors([_host.Open()]);
        session.Feed(input.Span[..cut]);
        session.ReceiveDescriptors([_host.Open(), _host.Open()]);
        session.Feed(input.Span[cut..]);
        session.CloseDescriptors();
        _host.JudgeDescriptors();
        FindingException.Unless(_lines <= input.Length + 1, "a reply has its command", $"{_lines} lines for {input.Length} bytes");
    }

    private void Judge(ReadOnlyMemory<byte> line)
    {
        _lines++;
        QmpLineRules.Judge(line.Span);
    }
}
