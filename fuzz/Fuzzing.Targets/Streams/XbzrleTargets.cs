using System.Buffers.Binary;
using Fuzzing.Engine;
using Fuzzing.Engine.Execution;
using Fuzzing.Engine.Mutation;
using Fuzzing.Targets.Formats;
using Qemu.Migration.Wire;
using Simulation.Oracle;

namespace Fuzzing.Targets.Streams;

/// <summary>The decoder of deltas beside the oracle's.</summary>
internal sealed unsafe class XbzrleDecodeTarget : FuzzTarget
{
    private const int PageBytes = 4096;
    private readonly GuardedMemory _page = new(PageBytes);
    private readonly byte[] _expected = new byte[PageBytes];

    public override string Name => "xbzrle-decode";

    public override string Covers => "Xbzrle.TryDecode on a page between guards; the first byte of the input fills the page.";

    public override string Asserts => "Same verdict and same page as the oracle's decoder, also where the delta is wrong.";

    public override int MaximumBytes => 5000;

    public override InputFormat Format => XbzrleFormat.Instance;

    protected override void RunInput(ReadOnlyMemory<byte> input)
    {
        if (input.IsEmpty)
            return;
        ReadOnlySpan<byte> delta = input.Span[1..];
        Span<byte> page = new(_page.Address, PageBytes);
        page.Fill(input.Span[0]);
        _expected.AsSpan().Fill(input.Span[0]);
        bool accepted = Xbzrle.TryDecode(delta, page);
        bool expected = OracleXbzrle.TryApply(delta, _expected);
        FindingException.Unless(accepted == expected, "a delta is accepted when it should be", $"{accepted} for {delta.Length} bytes");
        int differs = page.CommonPrefixLength(_expected);
        FindingException.Unless(differs == PageBytes, "a delta changes what it should", $"byte {differs} differs");
    }
}

/// <summary>The encoder, and the decoder behind it.</summary>
internal sealed unsafe class XbzrleRoundTripTarget : FuzzTarget
{
    private const int PageBytes = 4096;
    private readonly GuardedMemory _delta = new(PageBytes);
    private readonly byte[] _roomy = new byte[3 * PageBytes];
    private readonly byte[] _old = new byte[PageBytes];
    private readonly byte[] _new = new byte[PageBytes];

    public override string Name => "xbzrle-round-trip";

    public override string Covers => "Xbzrle.Encode and TryDecode; the input is a fill byte and edits: u16 offset, u8 length, bytes.";

    public override string Asserts => "What was encoded decodes to the new page by both decoders; no bytes for equal pages; -1 only where it does not fit.";

    public override int MaximumBytes => 5000;

    protected override void RunInput(ReadOnlyMemory<byte> input)
    {
        Draw(input.Span);
        Span<byte> room = new(_delta.Address, PageBytes);
        int length = Xbzrle.Encode(_old, _new, room);
        int needed = Xbzrle.Encode(_old, _new, _roomy);
        bool equal = _old.AsSpan().SequenceEqual(_new);
        FindingException.Unless(equal == (needed == 0), "no bytes for equal pages and for no others", $"{needed} bytes");
        FindingException.Unless(
            needed <= PageBytes ? length == needed : length == -1, "a delta is refused when it does not fit", $"{length} where {needed} are needed");
        if (length < 0)
            return;
        FindingException.Unless(room[..length].SequenceEqual(_roomy.AsSpan(0, length)), "the room changes nothing", $"{length} bytes");
        byte[] other = _roomy;
        Span<byte> copy = other.AsSpan(PageBytes, PageBytes);
        _old.CopyTo(copy);
        FindingException.Unless(
            OracleXbzrle.TryApply(room[..length], copy) && copy.SequenceEqual(_new), "the oracle reads the delta", $"{length} bytes");
        FindingException.Unless(
            Xbzrle.TryDecode(room[..length], _old) && _old.AsSpan().SequenceEqual(_new), "the decoder reads the delta", $"{length} bytes");
    }

    private void Draw(ReadOnlySpan<byte> input)
    {
        _old.AsSpan().Fill(input.IsEmpty ? (byte)0 : input[0]);
        _old.CopyTo(_new, 0);
        input = input.IsEmpty ? input : input[1..];
        while (input.Length >= 3)
        {
            int offset = BinaryPrimitives.ReadUInt16BigEndian(input) % PageBytes;
            int length = Math.Min(Math.Min(input[2], input.Length - 3), PageBytes - offset);
            input.Slice(3, length).CopyTo(_new.AsSpan(offset));
            input = input[(3 + length)..];
        }
    }
}
