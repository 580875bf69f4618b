using System.Globalization;
using Simulation.Campaigns;
using Simulation.Runner.Output;
using Simulation.Scenarios;
using Simulation.Scenarios.Checks;
using Simulation.Scenarios.Shrinking;
using Simulation.Scenarios.Tokens;
using Spectre.Console;

namespace Simulation.Runner.Campaigns;

/// <summary>A campaign as a user sees it: output while it runs, findings on disk, a summary and an exit code.</summary>
/// <param name="limits">What to run.</param>
/// <param name="folder">Where findings go.</param>
/// <param name="json">One JSON object a run on stdout; all else on stderr.</param>
/// <param name="demands">What makes it fail beside findings.</param>
/// <param name="workers">Makes its workers.</param>
internal sealed class CampaignSession(
    CampaignLimits limits, string folder, bool json, CampaignDemands demands, CampaignWorkers workers) : ICampaignObserver
{
    private const int RefreshMilliseconds = 100;

    private readonly FindingFolder _findings = new(folder);
    private readonly Queue<string> _news = new();
    private readonly SortedDictionary<ulong, KeptFinding> _smallest = [];
    private readonly SortedDictionary<ulong, KeptFinding> _kept = [];
    private readonly IAnsiConsole _console = json ? Consoles.Error : Consoles.Output;
    private string? _outputFailure;
    private string _progress = "starting";
    private long _progressMilliseconds;
    private long _runs;

    private bool IsLive => !json && _console.Profile.Out.IsTerminal;

    /// <summary>Runs the campaign to its end or to Ctrl-C.</summary>
    /// <returns>An exit code.</returns>
    public int Run()
    {
        using StopSignal stop = new();
        Campaign campaign = new(limits, this, [.. CheckCatalogue.All.Select(check => check.Name)], workers.Open);
        CampaignTally tally = IsLive ? RunLive(campaign, stop) : campaign.Run(stop.Token);
        TellNews();

        // A campaign that was cut short has no duty to have met everything.
        IReadOnlyList<string> missed = stop.Token.IsCancellationRequested ? [] : demands.Missed(tally);
        CampaignReport.Write(_console, limits, tally, campaign.Elapsed, missed);
        demands.WriteRates(tally);
        return Conclude(tally, missed);
    }

    /// <inheritdoc/>
    public void Judged(CampaignCase given, JudgedRun run, bool isShrunk, CampaignTally tally)
    {
        if (json)
            WriteLine(RunLine.Of(run));
        Note(given, run, isShrunk, tally);
    }

    /// <inheritdoc/>
    public void Shrunk(CampaignFinding finding, Recipe? smallest)
    {
        lock (_news)
        {
            if (smallest is not null)
                _smallest.TryAdd(finding.Seed, _findings.KeepSmallest(finding, smallest));
            Tell(finding with { Message = smallest?.Message ?? finding.Message }, _smallest.GetValueOrDefault(finding.Seed));
        }
    }

    // Findings are more than their lines: the campaign goes on where nobody can be told of it.
    private void WriteLine(RunLine line)
    {
        if (_outputFailure is not null)
            return;
        try
        {
            Console.Out.WriteLine(line.ToJson());
        }
        catch (IOException error)
        {
            _outputFailure = error.Message;
        }
    }

    private int Conclude(CampaignTally tally, IReadOnlyList<string> missed)
    {
        if (_outputFailure is not null)
            Console.Error.WriteLine($"simulate: some lines of output could not be written: {_outputFailure}");
        if (tally.Findings.Count > 0)
        {
            // A fault of the harness comes first: until it is gone, no other verdict can be trusted.
            Verdict worst = tally.HarnessFailures > 0 ? Verdict.HarnessFailed : Verdict.Violated;
            ulong[] seeds = [.. tally.Findings.Where(f => f.Verdict == worst).Select(f => f.Seed)];
            KeptFinding? smallest = seeds.Select(_smallest.GetValueOrDefault).FirstOrDefault(one => one is not null);
            KeptFinding? shown = smallest ?? _kept.GetValueOrDefault(seeds[0]);
            Console.Error.WriteLine(smallest is not null || workers.Bug is not null || limits.IsGuided
                ? CommandLines.Replay(shown?.Replay ?? new ReplayToken(seeds[0]).ToString(), workers.Bug)
                : CommandLines.Run(seeds[0]));
            return ExitCode.Of(worst);
        }

        if (_outputFailure is not null)
            return ExitCode.HarnessFailed;
        return missed.Count > 0 ? ExitCode.Violated : ExitCode.Passed;
    }

    private void Note(CampaignCase given, JudgedRun run, bool isShrunk, CampaignTally tally)
    {
        lock (_news)
        {
            // It is on disk from the moment it is made, and told when it is small.
            if (run.Finding is { } finding)
            {
                KeptFinding? kept = _findings.Keep(given, finding, run.Choices);
                if (kept is not null)
                    _kept.TryAdd(finding.Seed, kept);
                if (!isShrunk)
                    Tell(finding, kept);
            }

            _runs = tally.Runs;
            long now = Environment.TickCount64;
            if (now - _progressMilliseconds < RefreshMilliseconds)
                return;
            _progressMilliseconds = now;
            _progress = string.Create(
                CultureInfo.InvariantCulture,
                $"{tally.Runs:N0} runs, {tally.VirtualNanoseconds / 1_000_000_000:N0} s virtual, probes {tally.ProbesHit}/{tally.AllProbes.Count}, {tally.Findings.Count} findings");
        }

        // The live display tells them between two pictures, or it would be drawn over.
        if (!IsLive)
            TellNews();
    }

    private void Tell(CampaignFinding finding, KeptFinding? kept)
    {
        if (kept is not null)
            _news.Enqueue($"{RunLine.NameOf(finding.Verdict)}: {finding.Check} with seed {finding.Seed}: {finding.Message} ({kept})");
    }

    private CampaignTally RunLive(Campaign campaign, StopSignal stop)
    {
        CampaignTally? tally = null;
        _console.Progress().AutoClear(true)
            .Columns(new SpinnerColumn(), new ProgressBarColumn(), new ElapsedTimeColumn(), new TaskDescriptionColumn())
            .Start(context =>
            {
                ProgressTask bar = context.AddTask(_progress, maxValue: 1);
                bar.IsIndeterminate = limits.Count is null && limits.Time is null;
                Thread runner = new(() => tally = campaign.Run(stop.Token)) { IsBackground = true };
                runner.Start();
                while (!runner.Join(RefreshMilliseconds))
                    Show(bar, campaign);
            });
        return tally!;
    }

    private void Show(ProgressTask bar, Campaign campaign)
    {
        TellNews();
        lock (_news)
        {
            bar.Description = Markup.Escape(_progress);
            double byCount = limits.Count is { } count ? (double)_runs / count : 0;
            double byTime = limits.Time is { } time ? campaign.Elapsed / time : 0;
            bar.Value = Math.Min(1, Math.Max(byCount, byTime));
        }
    }

    private void TellNews()
    {
        lock (_news)
        {
            while (_news.TryDequeue(out string? news))
                _console.MarkupLineInterpolated($"[red]{news}[/]");
        }
    }
}
