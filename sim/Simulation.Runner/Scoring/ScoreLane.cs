using System.Diagnostics;
using System.Text.Json;
using Simulation.Campaigns;
using Simulation.PlantedBugs;
using Simulation.Runner.Campaigns;

namespace Simulation.Runner.Scoring;

/// <summary>Has bugs looked for by a process, one after the other. A bug that ends the process is found by that. A process that has had
/// another bug before may bear its damage: then the bug is looked for once more, in a process of its own.</summary>
/// <param name="service">What the process is to do.</param>
internal sealed class ScoreLane(ScoreService service) : IDisposable
{
    /// <summary>Exit code of a process that somebody killed: the system that is out of memory, a user.</summary>
    private const string KilledFromOutside = "exit code 137";

    private readonly object _gate = new();
    private WorkerPipe? _pipe;
    private bool _isUsed;
    private long? _runStarted;
    private ulong _seed;
    private ulong _firstSeed;
    private long _firstTicks;
    private long _ticks;

    /// <summary>Looks for a bug.</summary>
    /// <param name="bug">The bug.</param>
    /// <returns>What came of it.</returns>
    public BugScore Take(PlantedBug bug)
    {
        while (true)
        {
            try
            {
                _pipe ??= OwnProcess.Start([CampaignWorkers.Verb, "--score", service.Format()]);
                _seed = 0;
                BugScore score = Look(bug);
                _isUsed = true;
                return score;
            }
            catch (WorkerLostException lost)
            {
                bool isRepeated = _isUsed;
                Renew();
                if (!isRepeated)
                    return Lost(bug, lost.Message);
            }
        }
    }

    /// <summary>Ends a run that takes too long; from another thread.</summary>
    public void EndIfHung()
    {
        lock (_gate)
        {
            if (_runStarted is { } started && Stopwatch.GetElapsedTime(started) > ScoreLimits.Patience)
                _pipe?.End();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Renew();

    private BugScore Look(PlantedBug bug)
    {
        _pipe!.Ask(requests => requests.Write(bug.Id));
        while (true)
        {
            byte answer = _pipe.Answer(answers => answers.ReadByte());
            lock (_gate)
                _runStarted = answer == ScoreService.Run ? Stopwatch.GetTimestamp() : null;
            if (answer == ScoreService.Score)
            {
                string json = _pipe.Answer(answers => answers.ReadString());
                return JsonSerializer.Deserialize(json, ScoreServiceJson.Default.BugScore)!;
            }

            (ulong seed, long ticks) = _pipe.Answer(answers => (answers.ReadUInt64(), answers.ReadInt64()));
            if (answer == ScoreService.Run)
                Note(seed, ticks);
        }
    }

    private void Note(ulong seed, long ticks)
    {
        ulong firstSeed = ((seed - 1) / ScoreLimits.SeedsApart * ScoreLimits.SeedsApart) + 1;
        if (_seed == 0 || firstSeed != _firstSeed)
            (_firstSeed, _firstTicks) = (firstSeed, ticks);
        (_seed, _ticks) = (seed, ticks);
    }

    // A hang counts as a detection only for bugs whose effect is a hang.
    private BugScore Lost(PlantedBug bug, string message)
    {
        bool isHung = !message.Contains("exit code", StringComparison.Ordinal);
        if (_seed == 0 || message.Contains(KilledFromOutside, StringComparison.Ordinal) || (isHung && bug.Kind != BugKind.Hang))
            return new(bug, service.Limits.Campaigns, [], null, message);
        BugFinding finding = new(
            (long)(_seed - _firstSeed) + 1, TimeSpan.FromTicks(_ticks - _firstTicks), _seed, Campaign.RunComesBack, message);
        return new(bug, 1, [finding], null, null);
    }

    private void Renew()
    {
        lock (_gate)
        {
            _pipe?.Dispose();
            _pipe = null;
            _isUsed = false;
            _runStarted = null;
        }
    }
}
