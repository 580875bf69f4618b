using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Bogus;
using Simulation.Engine.Choices;

namespace Simulation.Source.Guest;

/// <summary>
/// The pages that a guest's memory starts with and that its programs write: made once per process, the same in every process,
/// because realistic text is slow to invent. Frames are numbered from 0, the zero page, on.
/// </summary>
public static class PageLibrary
{
    /// <summary>Pages of each kind other than zero.</summary>
    public const int FramesPerKind = 64;

    /// <summary>All frames, the zero page included.</summary>
    public const int FrameCount = 1 + (int)PageKind.Sparse * FramesPerKind;

    private const int TextSeed = 20260405;
    private static readonly byte[] Usual = Build();
    private static readonly ConcurrentDictionary<int, byte[]> Larger = [];

    /// <summary>The number of a frame.</summary>
    /// <param name="kind">What the page looks like.</param>
    /// <param name="variant">Which of its kind, 0 to <see cref="FramesPerKind"/> - 1; without meaning for the zero page.</param>
    /// <returns>0 to <see cref="FrameCount"/> - 1.</returns>
    public static int Frame(PageKind kind, int variant) =>
        kind == PageKind.Zero ? 0 : 1 + ((int)kind - 1) * FramesPerKind + variant;

    /// <summary>All frames, one behind the other. They must stay as they are.</summary>
    /// <param name="pageBytes">Bytes of a frame: 4096 or a multiple.</param>
    /// <returns>The bytes of <see cref="FrameCount"/> frames.</returns>
    public static byte[] Frames(int pageBytes) => pageBytes == GuestRam.UsualPageBytes ? Usual : Larger.GetOrAdd(pageBytes, Enlarge);

    /// <summary>Pages of 4096 bytes of the kind <see cref="PageKind.Random"/>, one behind the other.</summary>
    public static ReadOnlySpan<byte> Noise =>
        Usual.AsSpan(Frame(PageKind.Random, 0) * GuestRam.UsualPageBytes, FramesPerKind * GuestRam.UsualPageBytes);

    private static byte[] Build()
    {
        byte[] frames = new byte[FrameCount * GuestRam.UsualPageBytes];
        byte[] text = Text(FramesPerKind * GuestRam.UsualPageBytes);
        Prng random = new(TextSeed);
        for (int i = 0; i < FramesPerKind; i++)
        {
            text.AsSpan(i * GuestRam.UsualPageBytes, GuestRam.UsualPageBytes).CopyTo(Writable(frames, PageKind.Text, i));
            random.NextBytes(Writable(frames, PageKind.Random, i));
            Writable(frames, PageKind.Repeated, i).Fill((byte)(0xff - i));
            FillSparse(Writable(frames, PageKind.Sparse, i), random);
        }
        return frames;
    }

    // A larger page is as many usual ones of its kind, the next variants; a sparse one is a usual one with zeros behind.
    private static byte[] Enlarge(int pageBytes)
    {
        byte[] frames = new byte[FrameCount * pageBytes];
        for (int frame = 1; frame < FrameCount; frame++)
        {
            int first = (frame - 1) / FramesPerKind * FramesPerKind + 1;
            bool isSparse = first == Frame(PageKind.Sparse, 0);
            for (int i = 0; i < (isSparse ? 1 : pageBytes / GuestRam.UsualPageBytes); i++)
            {
                int part = first + (frame - first + i) % FramesPerKind;
                Usual.AsSpan(part * GuestRam.UsualPageBytes, GuestRam.UsualPageBytes)
                    .CopyTo(frames.AsSpan(frame * pageBytes + i * GuestRam.UsualPageBytes));
            }
        }
        return frames;
    }

    private static Span<byte> Writable(byte[] frames, PageKind kind, int variant) =>
        frames.AsSpan(Frame(kind, variant) * GuestRam.UsualPageBytes, GuestRam.UsualPageBytes);

    // One to eight words in a page of zeros: what the page table or the free list of a small guest looks like.
    private static void FillSparse(Span<byte> page, Prng random)
    {
        int words = 1 + random.NextInt(8);
        for (int i = 0; i < words; i++)
            page[random.NextInt(page.Length)] = (byte)(1 + random.NextInt(255));
    }

    // Log lines of a fleet: names, identities, hosts, addresses and sentences, as they fill the memory of real guests.
    private static byte[] Text(int length)
    {
        Faker faker = new("en") { Random = new Randomizer(TextSeed) };
        byte[] bytes = new byte[length];
        int filled = 0;
        while (filled < length)
        {
            string line = string.Create(CultureInfo.InvariantCulture,
                $"{faker.Random.Uuid()} {faker.Internet.Ip()} {faker.Internet.DomainWord()}-{faker.Random.Number(1, 99)} "
                + $"{faker.Name.FullName()} <{faker.Internet.Email()}>: {faker.Hacker.Phrase()}\n");
            byte[] encoded = Encoding.ASCII.GetBytes(line);
            int count = Math.Min(encoded.Length, length - filled);
            encoded.AsSpan(0, count).CopyTo(bytes.AsSpan(filled));
            filled += count;
        }
        return bytes;
    }
}
