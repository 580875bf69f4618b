using Simulation.Engine.Fabric;
using Simulation.Scenarios.Options;
using Simulation.Source.Guest;

namespace Simulation.Scenarios.Shrinking;

/// <summary>
/// A guest made small at one stroke. What a failure needs of a guest is mostly one page: with a certain content, which in a guest of few
/// pages another seed has, or written again while it travels, which over a link that is slower by as much takes as long.
/// </summary>
internal static class GuestReduction
{
    private const int SeedsTried = 6;
    private const int LeastWindowBytes = 1 << 12;
    private static readonly int[] ZeroShares = [255, 31, 3];

    /// <summary>Guests of fewer pages, the smallest first; each over the same link and over one that is slower by as much, and with its
    /// own seed before others.</summary>
    public static IEnumerable<ScenarioOptions> FewPages(ScenarioOptions options)
    {
        int largest = options.Blocks.Count == 0 ? 0 : options.Blocks.Max(block => block.Pages);
        for (int most = 1; most < largest; most *= 2)
        {
            ScenarioOptions small = options with
            {
                Blocks = [.. options.Blocks.Select(block => block with { Pages = Math.Min(block.Pages, most) })],
            };
            ScenarioOptions slow = Slower(small, largest / most);
            for (ulong seed = 0; seed < SeedsTried; seed++)
            {
                yield return small with { Seed = seed == 0 ? options.Seed : seed };
                yield return slow with { Seed = seed == 0 ? options.Seed : seed };
            }
        }
    }

    /// <summary>Contents with more zero pages, under other seeds too, and then of fewer kinds.</summary>
    public static IEnumerable<ScenarioOptions> PlainContent(ScenarioOptions options)
    {
        ContentMix mix = options.Guest.Content;
        int[] others = [mix.Text, mix.Random, mix.Repeated, mix.Sparse];
        int sum = others.Sum();
        if (sum == 0)
            yield break;
        yield return With(ContentMix.AllZero);
        foreach (int share in ZeroShares)
        {
            for (ulong seed = 0; seed < SeedsTried && mix.Zero < share * sum; seed++)
                yield return With(mix with { Zero = share * sum }) with { Seed = seed == 0 ? options.Seed : seed };
        }

        for (int kind = 0; kind < others.Length && others[kind] < sum; kind++)
        {
            int[] only = [0, 0, 0, 0];
            only[kind] = sum;
            yield return With(new(mix.Zero, only[0], only[1], only[2], only[3]));
        }

        ScenarioOptions With(ContentMix content) => options with { Guest = options.Guest with { Content = content } };
    }

    private static ScenarioOptions Slower(ScenarioOptions options, int times)
    {
        LinkOptions link = options.Link;
        return options with
        {
            Link = link with
            {
                BytesPerSecond = Divided(link.BytesPerSecond),
                WindowBytes = Math.Clamp(link.WindowBytes / times, Math.Min(link.WindowBytes, LeastWindowBytes), link.WindowBytes),
            },
            Guest = options.Guest with { PagesPerSecond = Divided(options.Guest.PagesPerSecond) },
            Migration = options.Migration with { MaxBandwidth = Divided(options.Migration.MaxBandwidth) },
        };

        // 0 means no limit, or nothing at all: it stays.
        long Divided(long rate) => (rate / times) + (rate % times == 0 ? 0 : 1);
    }
}
