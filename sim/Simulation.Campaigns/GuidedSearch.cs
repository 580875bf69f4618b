using Simulation.Engine.Choices;
using Simulation.Scenarios;

namespace Simulation.Campaigns;

/// <summary>
/// Chooses the cases of a guided campaign: fresh seeds, and between them cases that are made of those which showed something new. A part
/// of such a scenario is put in place of the same part of a fresh one, or its tasks take their turns in another way. What is made has the
/// number of the seed in whose place it is; a file replays it, not that seed. Used under the campaign's lock.
/// </summary>
/// <param name="firstSeed">Seeds the choice.</param>
internal sealed class GuidedSearch(ulong firstSeed)
{
    private const int LeastKept = 16;
    private const int MostAttempts = 8;
    private const int MostParts = 3;
    private const int MostDecisions = 64;

    private static readonly Func<ScenarioOptions, ScenarioOptions, ScenarioOptions>[] Parts =
    [
        (made, fresh) => made with { Machine = fresh.Machine },
        (made, fresh) => made with { Blocks = fresh.Blocks, Guest = fresh.Guest },
        (made, fresh) => made with { Migration = fresh.Migration },
        (made, fresh) => made with { Link = fresh.Link },
        (made, fresh) => made with { Host = fresh.Host },
        (made, fresh) => made with { Monitor = fresh.Monitor },
        (made, fresh) => made with { Faults = fresh.Faults, FaultsEndNanoseconds = fresh.FaultsEndNanoseconds },
        (made, fresh) => made with { Strangers = fresh.Strangers },
        (made, fresh) => made with { Deviations = fresh.Deviations },
        (made, fresh) => made with { PoisonByte = fresh.PoisonByte },
        (made, fresh) => made with { Strategy = fresh.Strategy },
        (made, fresh) => made with { Seed = fresh.Seed },
    ];

    private readonly Prng _random = new(firstSeed);
    private readonly List<CampaignCase> _kept = [];
    private readonly HashSet<ulong> _features = [];

    /// <summary>How many cases showed something new.</summary>
    public int KeptCount => _kept.Count;

    /// <summary>Chooses a case.</summary>
    /// <param name="seed">The seed whose turn it is.</param>
    /// <returns>What the seed draws, or a case that was made in its place.</returns>
    public CampaignCase Next(ulong seed)
    {
        if (_kept.Count < LeastKept || _random.Chance(Ratio.Percent(50)))
            return new(seed);
        CampaignCase parent = _kept[_random.NextInt(_kept.Count)];
        ScenarioOptions options = parent.ToOptions();
        if (_random.Chance(Ratio.Percent(25)))
            return new(seed, options, Departures());
        ScenarioOptions fresh = ScenarioOptions.Draw(seed);
        for (int i = 0; i < MostAttempts; i++)
        {
            ScenarioOptions made = options;
            for (int parts = 1 + _random.NextInt(MostParts); parts > 0; parts--)
                made = Parts[_random.NextInt(Parts.Length)](made, fresh);
            if (made.Problem() is null)
                return new(seed, made, parent.Choices);
        }

        return new(seed);
    }

    /// <summary>Takes in what came of a case.</summary>
    /// <param name="given">The case.</param>
    /// <param name="run">The run.</param>
    public void Learn(CampaignCase given, JudgedRun run)
    {
        bool isNew = false;
        foreach (ulong feature in run.NewFeatures)
            isNew |= _features.Add(feature);
        if (isNew)
            _kept.Add(given);
    }

    // The first decisions: mostly "go on with the current task". Behind them the scenario's own strategy decides.
    private ChoiceLog Departures()
    {
        ChoiceLog choices = new();
        for (int left = 1 + _random.NextInt(MostDecisions); left > 0; left--)
            choices.Add(new(null, 0, _random.Chance(Ratio.Percent(15)) ? 1 + _random.NextInt(3) : 0));
        return choices;
    }
}
