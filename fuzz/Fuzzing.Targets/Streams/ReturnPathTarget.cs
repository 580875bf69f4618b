using Fuzzing.Engine;
using Fuzzing.Engine.Mutation;
using Fuzzing.Targets.Formats;
using Qemu.Migration.Wire;

namespace Fuzzing.Targets.Streams;

/// <summary>The messages of the return path, as a source reads them.</summary>
internal sealed class ReturnPathTarget : FuzzTarget
{
    public override string Name => "return-path";

    public override string Covers => "ReturnPathMessage: reading message after message, and writing what was read.";

    public override string Asserts => "A failed read consumes nothing, a whole message cut anywhere needs more, what was read is written the same.";

    public override int MaximumBytes => 4096;

    public override InputFormat Format => ReturnPathFormat.Instance;

    protected override void RunInput(ReadOnlyMemory<byte> input)
    {
        ReadOnlySpan<byte> left = input.Span;
        Span<byte> written = stackalloc byte[ReturnPathMessage.LongestBytes];
        while (true)
        {
            DecodeStatus status = ReturnPathMessage.TryRead(left, out ReturnPathMessage message, out int consumed);
            if (status != DecodeStatus.Done)
            {
                FindingException.Unless(consumed == 0, "a failed read consumes nothing", $"{status} and {consumed} bytes");
                return;
            }
            FindingException.Unless(consumed > 0 && consumed <= left.Length, "a message lies in the bytes", $"{consumed} of {left.Length}");
            int length = message.Write(written);
            FindingException.Unless(
                written[..length].SequenceEqual(left[..consumed]), "what was read is written the same", $"{message.Type} {message.Value}");
            DecodeStatus cut = ReturnPathMessage.TryRead(left[..(consumed - 1)], out _, out _);
            FindingException.Unless(cut.NeedsMoreData, "a message that is cut needs more", $"{cut}");
            left = left[consumed..];
        }
    }
}
