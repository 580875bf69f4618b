using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Simulation.Scenarios;
using Simulation.Scenarios.Shrinking;

namespace Simulation.Campaigns;

/// <summary>
/// Runs the seeds of a range in several lanes. Each lane has a worker of its own and takes the next seeds in order, so that what a run
/// does depends on its seed alone (where the campaign is not guided), and the runs done at any moment are, but for those under way, a beginning of the range. A worker that
/// dies or never comes back is a finding of the run it was at; the lane goes on with a new one.
/// </summary>
/// <param name="limits">What to run.</param>
/// <param name="observer">Who hears of the runs.</param>
/// <param name="checks">The names of the checks, in the order in which workers judge.</param>
/// <param name="open">Makes a worker.</param>
public sealed class Campaign(
    CampaignLimits limits, ICampaignObserver observer, IReadOnlyList<string> checks, Func<ICampaignWorker> open)
{
    /// <summary>The property that a run violates which ends its process, or never comes back.</summary>
    public const string RunComesBack = "RunComesBack";

    private const int LookMilliseconds = 100;
    private const int MostCasesAtATime = 32;

    private readonly object _gate = new();
    private readonly CampaignTally _tally = new(Probes.Catalogue, checks);
    private readonly SortedSet<string> _shrunk = new(StringComparer.Ordinal);
    private readonly long _startedTimestamp = Stopwatch.GetTimestamp();
    private readonly GuidedSearch? _search = limits.IsGuided ? new(limits.FirstSeed) : null;
    private ExceptionDispatchInfo? _failure;
    private long _handedOut;

    /// <summary>Wall-clock time since the campaign was made.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_startedTimestamp);

    /// <summary>Runs until a limit is reached or it is stopped; runs under way are ended, those that hang are left.</summary>
    /// <param name="stop">Stops it: no new run begins.</param>
    /// <returns>What was seen.</returns>
    public CampaignTally Run(CancellationToken stop)
    {
        List<Lane> lanes = [];
        for (int i = 0; i < limits.Jobs; i++)
            lanes.Add(new Lane(lane => Work(lane, stop), $"campaign/{i}"));
        while (lanes.Count > 0)
        {
            lanes[0].Thread.Join(LookMilliseconds);
            lanes.RemoveAll(lane => !lane.Thread.IsAlive || IsLost(lane));
        }

        _failure?.Throw();
        return _tally;
    }

    private void Work(Lane lane, CancellationToken stop)
    {
        try
        {
            while (!stop.IsCancellationRequested && !lane.IsGivenUp && _failure is null && TakeCases() is { Count: > 0 } cases)
                RunAll(lane, cases);
        }
        catch (Exception broken)
        {
            // Not caused by a run: a worker does not start, or an observer fails.
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(broken), null);
        }
        finally
        {
            lane.Worker?.Dispose();
        }
    }

    // Several at a time, so that a worker need not wait for the next; not so many that one lane has what others could do.
    private IReadOnlyList<CampaignCase> TakeCases()
    {
        if (limits.Time is { } time && Elapsed >= time)
            return [];
        lock (_gate)
        {
            long left = limits.Count - _handedOut ?? long.MaxValue;
            int count = (int)Math.Min(left, Math.Clamp(left / (4 * limits.Jobs), 1, MostCasesAtATime));
            CampaignCase[] cases = new CampaignCase[count];
            for (int i = 0; i < count; i++)
            {
                ulong seed = unchecked(limits.FirstSeed + (ulong)_handedOut++);
                cases[i] = _search?.Next(seed) ?? new(seed);
            }

            return cases;
        }
    }

    private void RunAll(Lane lane, IReadOnlyList<CampaignCase> cases)
    {
        List<(CampaignCase Case, CampaignFinding Finding)> shrinking = [];
        for (int done = 0; done < cases.Count && !lane.IsGivenUp;)
        {
            try
            {
                ICampaignWorker worker = Begin(lane, cases[done]);
                foreach (JudgedRun run in worker.Run([.. cases.Skip(done)]))
                {
                    CampaignCase given = cases[done++];
                    if (Judged(lane, given, run))
                        shrinking.Add((given, run.Finding!));
                    if (done < cases.Count)
                        Begin(lane, cases[done]);
                }
            }
            catch (WorkerLostException lost)
            {
                Renew(lane);
                Judged(lane, cases[done], Lost(cases[done], lost.Message));
                done++;
            }
        }

        foreach ((CampaignCase failing, CampaignFinding finding) in shrinking)
            Shrink(lane, failing, finding);
        lock (_gate)
            lane.RunStarted = null;
    }

    private ICampaignWorker Begin(Lane lane, CampaignCase given)
    {
        lane.Worker ??= open();
        lock (_gate)
            (lane.Case, lane.RunStarted) = (given, Stopwatch.GetTimestamp());
        return lane.Worker;
    }

    private static JudgedRun Lost(CampaignCase given, string message) =>
        new() { Seed = given.Seed, Verdict = Verdict.Violated, Check = RunComesBack, Message = message };

    // No run is active until the next worker has started.
    private void Renew(Lane lane)
    {
        lock (_gate)
            lane.RunStarted = null;
        lane.Worker?.Dispose();
        lane.Worker = null;
    }

    // Returns whether the run is to be shrunk: the first of its property, where a worker has come back from it.
    private bool Judged(Lane lane, CampaignCase given, JudgedRun run)
    {
        lock (_gate)
        {
            if (lane.IsGivenUp)
                return false;
            bool isShrunk = run.Verdict == Verdict.Violated && run.Check != RunComesBack && limits.ShrinkRuns > 0 && _shrunk.Add(run.Check!);
            _tally.Add(run);
            _search?.Learn(given, run);
            observer.Judged(given, run, isShrunk, _tally);
            return isShrunk;
        }
    }

    private void Shrink(Lane lane, CampaignCase failing, CampaignFinding finding)
    {
        Recipe? smallest = null;
        try
        {
            ICampaignWorker worker = Begin(lane, failing);
            lane.Shrinks = finding;
            smallest = worker.Shrink(failing, limits.ShrinkRuns, () => Begin(lane, failing));
        }
        catch (WorkerLostException)
        {
            // The finding stays as large as it was.
            Renew(lane);
        }
        finally
        {
            lock (_gate)
            {
                lane.Shrinks = null;
                if (!lane.IsGivenUp)
                    observer.Shrunk(finding, smallest);
            }
        }
    }

    // Virtual time cannot bound a step that never ends, so the wall clock does, from outside. A process is killed, and its lane sees to
    // the rest. A thread cannot be stopped: it is given up, and ends with this process.
    private bool IsLost(Lane lane)
    {
        lock (_gate)
        {
            if (lane.RunStarted is not { } started || Stopwatch.GetElapsedTime(started) < limits.Patience)
                return false;
            lane.RunStarted = null;
            if (lane.Worker!.TryEnd())
                return false;
            if (lane.Shrinks is { } finding)
                observer.Shrunk(finding, null);
            else
                Judged(lane, lane.Case!, Lost(lane.Case!, "the run did not end, and its thread was left"));
            return lane.IsGivenUp = true;
        }
    }

    /// <summary>One thread and what it is at; under the campaign's lock.</summary>
    private sealed class Lane
    {
        public Lane(Action<Lane> work, string name)
        {
            Thread = new Thread(() => work(this)) { Name = name, IsBackground = true };
            Thread.Start();
        }

        public Thread Thread { get; }

        public ICampaignWorker? Worker { get; set; }

        public CampaignCase? Case { get; set; }

        public long? RunStarted { get; set; }

        public CampaignFinding? Shrinks { get; set; }

        public bool IsGivenUp { get; set; }
    }
}
