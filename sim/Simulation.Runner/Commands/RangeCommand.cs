using System.CommandLine;

namespace Simulation.Runner.Commands;

/// <summary><c>simulate range</c>: a campaign over seeds that are given.</summary>
internal sealed class RangeCommand : Command, ITeachesByExample
{
    private readonly CampaignOptions _campaign = new();

    private readonly UnderTestOptions _underTest = new();

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

    private readonly Option<string?> _requireRates = new("--require-rates")
    {
        Description = "Fail when a situation is met far less often than this file says, and name it.",
        HelpName = "file",
    };

    private readonly Option<string?> _writeRates = new("--write-rates")
    {
        Description = "Write how often each situation was met into this file.",
        HelpName = "file",
    };

    /// <summary>Makes the command.</summary>
    public RangeCommand()
        : base("range", "Run a range of seeds, until --count or --time is reached.")
    {
        Options.Add(_from);
        _campaign.AddTo(this);
        Options.Add(_requireProbes);
        Options.Add(_requireRates);
        Options.Add(_writeRates);
        _underTest.AddTo(this, [.. _campaign.OfVirtualTime, _requireProbes, _requireRates, _writeRates]);
        SetAction(result => _underTest.IsGiven(result) ? _campaign.Run(result, _underTest, result.GetValue(_from)) : _campaign.Run(
            result, result.GetValue(_from), defaultTime: null,
            new(result.GetValue(_requireProbes), result.GetValue(_requireRates), result.GetValue(_writeRates))));
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string What, string CommandLine)> Examples =>
    [
        ("Ten thousand seeds", "simulate range --from 1 --count 10000"),
        ("The smoke run of CI: a minute, each run done twice", "simulate range --from 1 --time 60s --twice 100 --require-probes"),
        ("Measure how often each situation is met, and hold later campaigns to it",
            "simulate range --time 10m --write-rates rates.txt; simulate range --time 1h --require-rates rates.txt"),
        ("Drawn scenarios for a QEMU, in real time", "simulate range --time 5m --under-test qemu:qemu-system-x86_64"),
        ("Lines for a program", "simulate range --count 100 --json | jq -r .traceHash"),
    ];
}
