using System.CommandLine;

namespace Simulation.Runner.Commands;

/// <summary><c>simulate range</c>: a campaign over seeds that are given.</summary>
internal sealed class RangeCommand : Command, ITeachesByExample
{
    private readonly CampaignOptions _campaign = new();

    private readonly Option<ulong> _from = new("--from")
    {
        Description = "The first seed.",
        HelpName = "seed",
        CustomParser = ArgumentValues.Seed,
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<bool> _requireProbes = new("--require-probes")
    {
        Description = "Fail when a situation that must occur never did.",
    };

    /// <summary>Makes the command.</summary>
    public RangeCommand()
        : base("range", "Run a range of seeds, until --count or --time is reached.")
    {
        Options.Add(_from);
        _campaign.AddTo(this);
        Options.Add(_requireProbes);
        SetAction(result => _campaign.Run(
            result, result.GetValue(_from), defaultTime: null, result.GetValue(_requireProbes)));
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string What, string CommandLine)> Examples =>
    [
        ("Ten thousand seeds", "simulate range --from 1 --count 10000"),
        ("The smoke run of CI: a minute, each run done twice", "simulate range --from 1 --time 60s --twice 100 --require-probes"),
        ("Lines for a program", "simulate range --count 100 --json | jq -r .traceHash"),
    ];
}
