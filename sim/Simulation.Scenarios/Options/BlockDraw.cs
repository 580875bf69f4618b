using Simulation.Engine.Choices;

namespace Simulation.Scenarios.Options;

/// <summary>
/// Draws RAM blocks: mostly a few with plain names, as long here as at the source. Some machines have what real ones have too: blocks
/// that a firmware resizes, blocks that do not migrate or have no bytes, names that begin alike, and many blocks.
/// </summary>
internal static class BlockDraw
{
    private const int LongestName = 255;
    private const int MostBlocks = 64;

    // Most pages of a block of a large guest.
    private const int MostPages = 1024;

    // A small guest has up to two to this power pages.
    private const int SmallMagnitudes = 6;

    /// <summary>In pages: where 32 bits end.</summary>
    private const int FourGibibytes = 1 << 20;

    private static readonly string[] PcNames = ["pc.ram", "vga.vram", "/rom@etc/acpi/tables", "pc.bios"];

    /// <summary>Draws the blocks of a machine.</summary>
    /// <param name="random">Where the choices come from.</param>
    /// <param name="isPc">Whether it is a pc and no empty machine.</param>
    /// <param name="isSmall">Whether all blocks together have a few pages.</param>
    /// <param name="isMapped">Whether the blocks go into a mapped-ram file, where their lengths must be the same on both sides.</param>
    /// <returns>Blocks with different names.</returns>
    public static BlockOptions[] Draw(Prng random, bool isPc, bool isSmall, bool isMapped)
    {
        int count = random.PickWeighted([3, 50, 25, 14, 6, 2]);
        if (count == 5)
            count = random.Between(5, MostBlocks);
        string[] names = DrawNames(random, isPc, count);
        int most = isSmall ? 1 << SmallMagnitudes : MostPages;
        int[] pages = isSmall ? DrawSmall(random, count) : [.. Enumerable.Range(0, count).Select(_ => DrawPages(random, count))];
        bool isOdd = random.Chance(Ratio.Percent(35));
        BlockOptions[] blocks = new BlockOptions[count];
        for (int i = 0; i < count; i++)
        {
            BlockOptions block = new(names[i], pages[i]) { Shared = random.Chance(Ratio.Percent(30)) };
            blocks[i] = isOdd ? DrawOdd(random, block, most, isMapped, isLast: i == count - 1) : block;
        }

        return DrawFree(random, blocks, isMapped);
    }

    // Pages that are free lie between two parts of a block. In a file the bitmap then has more than a page of bytes, and there are many
    // chunks; a large block's last pages lie beyond what 32 bits can say.
    private static BlockOptions[] DrawFree(Prng random, BlockOptions[] blocks, bool isMapped)
    {
        bool isLarge = random.Chance(Ratio.Percent(isMapped ? 1 : 2));
        if (!isLarge && !random.Chance(Ratio.Percent(isMapped ? 12 : 1)))
            return blocks;
        BlockOptions[] candidates = [.. blocks.Where(block => block is { Pages: > 1, MostPages: 0, PagesHere: null })];
        if (candidates.Length == 0)
            return blocks;
        int largest = random.NextInt(candidates.Length);
        int free = !isLarge ? random.Between(200, 40_000)
            : FourGibibytes + random.Between(-20, isMapped ? FourGibibytes / 8 : random.Pick<int>([500, FourGibibytes, 15 * FourGibibytes]));
        return [.. blocks.Select(block => block == candidates[largest] ? block with { FreePages = free } : block)];
    }

    // The pages of all blocks together are drawn by order of magnitude, and each block has a part of them, a page at least.
    private static int[] DrawSmall(Prng random, int count)
    {
        int magnitude = random.NextInt(SmallMagnitudes);
        int left = Math.Max(count, random.Between(1 << magnitude, 2 << magnitude));
        int[] pages = new int[count];
        for (int i = 0; i < count; i++)
        {
            int others = count - 1 - i;
            pages[i] = others == 0 ? left : random.Between(1, left - others);
            left -= pages[i];
        }

        return pages;
    }

    private static int DrawPages(Prng random, int count) => random.PickWeighted([3, 25, 60, 12]) switch
    {
        0 => 1,
        1 => random.Between(1, 16),
        2 => random.Between(1, Math.Max(1, MostPages / count)),
        _ when count > PcNames.Length => 1,
        _ => random.Between(1, MostPages),
    };

    // A list that ends with a block without bytes cannot be read to its end, by QEMU neither: its total is reached before.
    private static BlockOptions DrawOdd(Prng random, BlockOptions block, int most, bool isMapped, bool isLast) =>
        random.PickWeighted([40, 40, 10, isLast ? 1 : 10]) switch
        {
            0 => block,
            1 => DrawResizable(random, block, most, isMapped),
            2 => block with { Stays = true },
            _ => block with { Pages = 0 },
        };

    // A file's pages lie where the block's length puts them, so that another length is refused there. So is one beyond the largest.
    private static BlockOptions DrawResizable(Prng random, BlockOptions block, int most, bool isMapped)
    {
        bool isSame = isMapped ? random.Chance(Ratio.Percent(90)) : random.Chance(Ratio.Percent(20));
        int pages = random.Chance(Ratio.Percent(5)) ? 0 : block.Pages;
        int here = isSame ? pages : random.Between(0, Math.Min(2 * block.Pages, most));
        int least = Math.Max(pages, here + 1);
        bool isTooLong = pages > here + 1 && random.Chance(Ratio.Percent(4));
        int largest = isTooLong ? random.Between(here + 1, pages - 1)
            : random.Chance(Ratio.Percent(40)) ? least : random.Between(least, least + 40);
        return block with { Pages = pages, PagesHere = here == pages ? null : here, MostPages = largest };
    }

    private static string[] DrawNames(Prng random, bool isPc, int count) => random.PickWeighted([70, 8, 8, 7, 7]) switch
    {
        0 => [.. Enumerable.Range(0, count).Select(i => isPc && i < PcNames.Length ? PcNames[i] : isPc ? OptionRom(i) : $"m{i}")],
        1 => [.. Enumerable.Range(0, count).Select(i => i == 0 ? "pc.ram" : $"pc.ram{i}")],
        2 => [.. Enumerable.Range(0, count).Select(OptionRom)],
        3 => Alike(count, random.Between(16, LongestName - 2)),
        _ => Growing(random, count),
    };

    private static string OptionRom(int i) => $"0000:00:{i:x2}.0/virtio-net-pci.rom";

    // They differ in what comes behind a long beginning.
    private static string[] Alike(int count, int prefixLength)
    {
        string path = string.Concat(Enumerable.Repeat("/machine/peripheral/dimm", LongestName))[..prefixLength];
        return [.. Enumerable.Range(0, count).Select(i => $"{path}{i:x2}")];
    }

    // Each is the beginning of all longer ones, in any order.
    private static string[] Growing(Prng random, int count)
    {
        string longest = string.Concat(Enumerable.Range(0, LongestName).Select(i => (char)('a' + (i % 26))));
        string[] names = [.. Enumerable.Range(1, count).Select(i => longest[..(i * (LongestName / MostBlocks))])];
        random.Shuffle(names.AsSpan());
        return names;
    }
}
