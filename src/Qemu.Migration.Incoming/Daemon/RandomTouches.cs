using System.Globalization;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Memory;
using Qemu.Migration.Destination.Postcopy;

namespace Qemu.Migration.Incoming.Daemon;

/// <summary>A guest of one CPU that reads random pages, so many a second (<c>--touch random:SEED,RATE</c>).</summary>
/// <param name="seed">What the pages are drawn from.</param>
/// <param name="ratePerSecond">How many a second, at least 1.</param>
internal sealed class RandomTouches(int seed, int ratePerSecond) : GuestProgram
{
    private const int MostPerSecond = 1_000_000;

    /// <inheritdoc/>
    public override int VcpuCount => 1;

    /// <summary>Reads the option.</summary>
    /// <param name="text"><c>random:SEED,RATE</c>.</param>
    /// <returns>The guest.</returns>
    /// <exception cref="FormatException">It is something else.</exception>
    public static RandomTouches Parse(string text)
    {
        const string prefix = "random:";
        string[] parts = text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..].Split(',') : [];
        return parts.Length == 2 && int.TryParse(parts[0], CultureInfo.InvariantCulture, out int seed)
            && int.TryParse(parts[1], CultureInfo.InvariantCulture, out int rate) && rate is >= 1 and <= MostPerSecond
            ? new(seed, rate)
            : throw new FormatException($"--touch: '{text}' is not random:SEED,RATE with a rate of 1 to {MostPerSecond}");
    }

    /// <inheritdoc/>
    public override async Task RunAsync(GuestCpu cpu)
    {
        Random random = new(seed);
        long pages = Blocks(cpu).Sum(block => Pages(cpu, block));
        while (pages > 0)
        {
            long page = random.NextInt64(pages);
            RamBlock touched = Blocks(cpu).First(block => (page -= Pages(cpu, block)) < 0);
            if (!await cpu.TouchAsync(touched, page + Pages(cpu, touched)))
                return;
            await cpu.Environment.Delay(TimeSpan.FromSeconds(1.0 / ratePerSecond));
        }
    }

    private static IEnumerable<RamBlock> Blocks(GuestCpu cpu) => cpu.Memory.Blocks.Where(block => block.Description.Migratable);

    private static long Pages(GuestCpu cpu, RamBlock block) => block.UsedLengthBytes >> cpu.Memory.PageShift;
}
