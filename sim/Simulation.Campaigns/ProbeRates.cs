using System.Globalization;
using System.Text;
using Simulation.Engine.Probes;

namespace Simulation.Campaigns;

/// <summary>How often each situation and deviation is met: a share of runs, as a campaign measured it. A campaign that meets one far less
/// often than that has lost something, though nothing is violated.</summary>
public sealed class ProbeRates
{
    /// <summary>With fewer expected runs, chance alone may bring a quarter of them.</summary>
    private const double LeastExpected = 20;

    /// <summary>A drop is less than this part of what was expected.</summary>
    private const double Drop = 0.25;

    /// <summary>Of a number of runs so many standard deviations are taken off: a rate is on the safe side, and one of a handful of runs
    /// is 0.</summary>
    private const double Margin = 2;

    private readonly SortedDictionary<string, double> _shares = new(StringComparer.Ordinal);

    private ProbeRates()
    {
    }

    /// <summary>Measures the rates of a campaign.</summary>
    /// <param name="tally">What it saw; at least one run.</param>
    /// <returns>The rates, at the lower end of what chance makes of them.</returns>
    public static ProbeRates Of(CampaignTally tally)
    {
        ArgumentNullException.ThrowIfNull(tally);
        ProbeRates rates = new();
        foreach (Probe probe in tally.AllProbes)
        {
            double runs = tally.Probes[probe];
            rates._shares.Add(probe.Name, Math.Max(0, runs - (Margin * Math.Sqrt(runs))) / tally.Runs);
        }

        return rates;
    }

    /// <summary>Reads rates.</summary>
    /// <param name="text">What <see cref="Format"/> wrote.</param>
    /// <returns>The rates.</returns>
    /// <exception cref="FormatException">A line is no rate, or is there twice.</exception>
    public static ProbeRates Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        ProbeRates rates = new();
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (line[0] == '#')
                continue;
            int space = line.IndexOf(' ', StringComparison.Ordinal);
            if (space < 0 || !double.TryParse(line[..space], CultureInfo.InvariantCulture, out double share) || !(share is >= 0 and <= 1)
                || !rates._shares.TryAdd(line[space..].Trim(), share))
            {
                throw new FormatException($"'{line}' is no rate: a share of runs from 0 to 1, and a name that is there once");
            }
        }

        return rates;
    }

    /// <summary>Writes the rates down, one a line.</summary>
    /// <param name="runs">The runs that they are of.</param>
    /// <returns>Text that <see cref="Parse"/> reads.</returns>
    public string Format(long runs)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"# The share of runs in which each situation occurs at least, measured in {runs}. Written by simulate range --write-rates.\n");
        foreach ((string name, double share) in _shares)
            text.Append(CultureInfo.InvariantCulture, $"{share:F6} {name}\n");
        return text.ToString();
    }

    /// <summary>Compares a campaign with the rates.</summary>
    /// <param name="tally">What it saw.</param>
    /// <returns>One sentence for each probe that fired far less often than it should have, that has no rate, or that is no more.</returns>
    public IReadOnlyList<string> Violations(CampaignTally tally)
    {
        ArgumentNullException.ThrowIfNull(tally);
        List<string> violations = [];
        foreach (Probe probe in tally.AllProbes)
        {
            if (!_shares.TryGetValue(probe.Name, out double share))
                violations.Add($"'{probe.Name}' has no rate");
            else if (share * tally.Runs >= LeastExpected && tally.Probes[probe] < Drop * share * tally.Runs)
                violations.Add(string.Create(
                    CultureInfo.InvariantCulture, $"'{probe.Name}' occurred in {tally.Probes[probe]} runs, and by its rate should in {share * tally.Runs:F0}"));
        }

        violations.AddRange(_shares.Keys.Except(tally.AllProbes.Select(probe => probe.Name), StringComparer.Ordinal)
            .Select(name => $"'{name}' has a rate and is no more"));
        return violations;
    }
}
