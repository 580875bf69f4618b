using Qemu.Migration.Wire;

namespace Wire.Tests;

/// <summary>XBZRLE against its grammar, between guard bytes, and against a second decoder written from the grammar alone.</summary>
public sealed class XbzrleTests
{
    private const int PageBytes = 4096;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Encoded_difference_decodes_to_the_new_page(int seed)
    {
        Random random = new(seed);
        for (int round = 0; round < 2000; round++)
        {
            byte[] before = new byte[PageBytes];
            random.NextBytes(before);
            byte[] after = Change(before, random);
            byte[] delta = new byte[PageBytes];

            int length = Xbzrle.Encode(before, after, delta);

            if (length < 0)
                continue;
            Assert.Equal(after.AsSpan().SequenceEqual(before), length == 0);
            using Guarded page = new(before);
            Assert.True(Xbzrle.TryDecode(delta.AsSpan(0, length), page.Span));
            Assert.Equal(after, page.Span.ToArray());
            page.AssertGuards();
        }
    }

    // A few runs of the lengths where encodings and copies change their shape.
    private static byte[] Change(byte[] before, Random random)
    {
        int[] lengths = [1, 2, 3, 4, 7, 8, 15, 16, 17, 31, 32, 33, 127, 128, 129, 500, PageBytes];
        byte[] after = (byte[])before.Clone();
        for (int runs = random.Next(6); runs > 0; runs--)
        {
            int start = random.Next(PageBytes);
            int length = Math.Min(lengths[random.Next(lengths.Length)], PageBytes - start);
            for (int i = start; i < start + length; i++)
                after[i] ^= (byte)random.Next(1, 256);
        }
        return after;
    }

    [Fact]
    public void Arbitrary_payload_gets_the_verdict_and_the_page_of_the_grammar()
    {
        Random random = new(7);
        int accepted = 0;
        for (int round = 0; round < 200_000; round++)
        {
            byte[] payload = new byte[random.Next(12)];
            for (int i = 0; i < payload.Length; i++)
                payload[i] = (byte)(random.Next(3) == 0 ? random.Next(256) : random.Next(5));
            byte[] expected = new byte[64];
            bool verdict = DecodeByGrammar(payload, expected);
            using Guarded page = new(new byte[64]);

            Assert.Equal(verdict, Xbzrle.TryDecode(payload, page.Span));
            Assert.Equal(expected, page.Span.ToArray());
            page.AssertGuards();
            accepted += verdict ? 1 : 0;
        }
        Assert.InRange(accepted, 1000, 199_000);
    }

    [Fact]
    public void Length_of_two_bytes_ends_at_0x3fff()
    {
        byte[] page = new byte[64 * 1024];
        Assert.True(Xbzrle.TryDecode([0xff, 0x7f, 1, 9], page));
        Assert.Equal(9, page[0x3fff]);
        Assert.False(Xbzrle.TryDecode([0x80, 0x80, 1, 9], page));
    }

    [Fact]
    public void Gap_may_end_at_the_pages_end_and_no_byte_follows_it()
    {
        using Guarded page = new(new byte[64]);
        Assert.False(Xbzrle.TryDecode([64, 1, 9], page.Span));
        Assert.False(Xbzrle.TryDecode([65, 1, 9], page.Span));
        Assert.True(Xbzrle.TryDecode([63, 1, 9], page.Span));
        Assert.Equal(9, page.Span[63]);
    }

    private static bool DecodeByGrammar(byte[] payload, byte[] page)
    {
        Queue<byte> rest = new(payload);
        int at = 0;
        bool first = true;
        while (rest.Count > 0)
        {
            if (rest.Count < 2 || Length(rest) is not { } zeroRun || (zeroRun == 0 && !first))
                return false;
            first = false;
            at += zeroRun;
            if (at > page.Length || rest.Count < 2 || Length(rest) is not { } run || run == 0)
                return false;
            if (run > page.Length - at || run > rest.Count)
                return false;
            for (; run > 0; run--)
                page[at++] = rest.Dequeue();
        }
        return true;
    }

    private static int? Length(Queue<byte> rest)
    {
        int low = rest.Dequeue();
        if (low < 0x80)
            return low;
        return rest.Count > 0 && rest.Dequeue() is var high and < 0x80 ? (low & 0x7f) | high << 7 : null;
    }

    [Fact]
    public void Payload_of_exactly_one_page_is_allowed_and_one_byte_more_is_an_overflow()
    {
        byte[] before = new byte[PageBytes];
        byte[] after = new byte[PageBytes];
        // One run of 4092 bytes takes 1 + 2 + 4092; one byte more and 4 bytes equal in front give 1 + 2 + 4093.
        Array.Fill(after, (byte)1, 3, PageBytes - 3);
        byte[] delta = new byte[PageBytes];
        Assert.Equal(PageBytes, Xbzrle.Encode(before, after, delta));
        after[2] = 1;
        Assert.Equal(-1, Xbzrle.Encode(before, after, delta));
    }

    // Two bytes must be left for a length, also for one that takes a byte only: that is how a real source counts.
    [Theory]
    [InlineData(0, 1, 3)]
    [InlineData(0, 2, 4)]
    [InlineData(5, 1, 3)]
    [InlineData(127, 127, 129)]
    [InlineData(128, 1, 4)]
    [InlineData(128, 200, 204)]
    public void Payload_is_refused_in_any_room_that_is_too_small(int gap, int run, int payload)
    {
        byte[] before = new byte[1024];
        byte[] after = new byte[1024];
        Array.Fill(after, (byte)1, gap, run);
        for (int room = 0; room <= payload + 2; room++)
        {
            byte[] delta = new byte[room];
            Assert.Equal(room < payload ? -1 : payload, Xbzrle.Encode(before, after, delta));
        }
    }

    [Theory]
    [InlineData(3, 4)]
    [InlineData(4, 3)]
    public void Pages_of_two_lengths_have_no_difference(int before, int after) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Xbzrle.Encode(new byte[before], new byte[after], new byte[16]));

    [Fact]
    public void Equal_pages_encode_to_nothing()
    {
        byte[] page = new byte[PageBytes];
        Assert.Equal(0, Xbzrle.Encode(page, page, new byte[PageBytes]));
        Assert.True(Xbzrle.TryDecode([], page));
    }

    private sealed class Guarded : IDisposable
    {
        private const int Guard = 64;
        private readonly byte[] _bytes;

        public Guarded(byte[] content)
        {
            _bytes = new byte[content.Length + 2 * Guard];
            _bytes.AsSpan().Fill(0xa5);
            content.CopyTo(_bytes, Guard);
        }

        public Span<byte> Span => _bytes.AsSpan(Guard, _bytes.Length - 2 * Guard);

        public void AssertGuards()
        {
            Assert.False(_bytes.AsSpan(0, Guard).ContainsAnyExcept((byte)0xa5));
            Assert.False(_bytes.AsSpan(_bytes.Length - Guard).ContainsAnyExcept((byte)0xa5));
        }

        public void Dispose() => AssertGuards();
    }
}
