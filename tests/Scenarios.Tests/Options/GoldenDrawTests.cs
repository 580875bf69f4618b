using System.Globalization;
using Simulation.Scenarios;
using Simulation.Scenarios.Tokens;

namespace Scenarios.Tests.Options;

/// <summary>Pins what is drawn: tokens name a seed and the generator, and mean nothing else. Who changes the draw writes the new
/// fingerprint into <see cref="ScenarioOptions.Generator"/> and the new draws here.</summary>
public sealed class GoldenDrawTests
{
    [Fact]
    public void Generator_is_the_fingerprint_of_what_it_draws() => Assert.Equal(ScenarioOptions.Generator, GeneratorFingerprint.Compute());

    [Theory]
    [InlineData(1, "Socket, 28 pages, 6 devices, Idle 0/s, 5000 ns, 0 faults, 1 deviations, 16 commands, round-robin")]
    [InlineData(2, "Socket, 15 pages, 0 devices, HotSet 3201/s, 0 ns, 1 faults, 0 deviations, 0 commands, pct")]
    [InlineData(3, "Socket, 8+17 pages, 1 devices, Burst 445/s, 100000 ns, 1 faults, 0 deviations, 16 commands, portfolio")]
    [InlineData(ulong.MaxValue, "Socket, 5+27 pages, 0 devices, Burst 13537/s, 100000 ns, 0 faults, 0 deviations, 40 commands, hash-pct")]
    public void Seed_draws_what_it_has_always_drawn(ulong seed, string expected)
    {
        ScenarioOptions drawn = ScenarioOptions.Draw(seed);
        string blocks = string.Join('+', drawn.Blocks.Select(block => block.Pages));
        Assert.Equal(expected, string.Create(
            CultureInfo.InvariantCulture,
            $"{drawn.Migration.Transport}, {blocks} pages, {drawn.Machine.DeviceCount} devices, {drawn.Guest.Pattern} {drawn.Guest.PagesPerSecond}/s, "
            + $"{drawn.Link.LatencyNanoseconds} ns, {drawn.Faults.Count} faults, {drawn.Deviations.Count} deviations, "
            + $"{drawn.Monitor.CommandCount} commands, {drawn.Strategy}"));
    }
}
