using System.Diagnostics;
using System.Runtime.InteropServices;
using Fuzzing.Engine.Corpus;
using Fuzzing.Engine.Execution;
using Fuzzing.Runner.Workers;

namespace Fuzzing.Runner.Campaigns;

/// <summary>One job of a session: a worker process, and the next one where an input has ended it.</summary>
/// <param name="settings">What the session does.</param>
/// <param name="number">The job's number, from 0.</param>
internal sealed class FuzzLane(FuzzSettings settings, int number) : IDisposable
{
    private const int MostDeaths = 50;
    private const int Interrupted = 128 + 2;
    private const int Terminated = 128 + 15;
    private const int Killed = 128 + 9;

    // A worker ends a run that takes too long by itself, and says where it was.
    private const int SilenceFactor = 10;
    private readonly string _statusFile = Folders.Status(settings.Target, $"job-{number}");
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly List<string> _deadly = [];
    private readonly string _again = Folders.Status(settings.Target, $"again-{number}");
    private string _lastKilled = "";
    private int _deaths;
    private WorkerProcess? _worker;
    private bool _isStopping;
    private WorkerStatus _status;
    private WorkerStatus _earlier;
    private long _lastExecutions = -1;
    private long _lastProgress = Stopwatch.GetTimestamp();

    /// <summary>What the job knows of its corpus: a worker that has taken another's place knows nothing before it has read it.</summary>
    public WorkerStatus Knowledge => _status.Features >= _earlier.Features ? _status : _earlier;

    /// <summary>Whether the job is done.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Runs of all workers.</summary>
    public long Executions => _status.Executions + _earlier.Executions;

    /// <summary>Runs a second of all workers, since their corpora were loaded; 0 before.</summary>
    public double ExecutionsPerSecond => _status.FuzzingNanoseconds + _earlier.FuzzingNanoseconds is > 0 and long nanoseconds
        ? (_status.FuzzingExecutions + _earlier.FuzzingExecutions) * 1e9 / nanoseconds : 0;

    // Ctrl-C signals the whole process group, and a worker that is starting does not take it for a request to end yet.
    private bool EndedBeforeItListened => _status.Executions == 0 && _worker!.ExitCode is (Interrupted or Terminated);

    /// <summary>Starts the worker.</summary>
    public void Start()
    {
        TimeSpan left = settings.Time - Stopwatch.GetElapsedTime(_started);
        _worker?.Dispose();
        _worker = new WorkerProcess(new WorkerRequest
        {
            Task = WorkerTask.Fuzz,
            Target = settings.Target,
            StatusFile = _statusFile,
            Bug = settings.Bug,
            Inputs = [_again, .. settings.Seeds],
            Deadly = _deadly,
            Output = settings.Corpus,
            FindingsFolder = settings.Findings,
            RunTimeoutMilliseconds = (long)settings.RunTimeout.TotalMilliseconds,

            // A worker that died on its corpus would die again.
            Seed = unchecked(settings.Seed + (ulong)number + ((ulong)_deaths << 32)),
            Executions = settings.Executions - Executions,
            Milliseconds = (long)Math.Max(0, left.TotalMilliseconds),
        });
        _lastExecutions = -1;
        _lastProgress = Stopwatch.GetTimestamp();
    }

    /// <summary>Looks at the worker: reads its status, notices its end, ends one that hangs.</summary>
    /// <exception cref="HarnessFailureException">The worker does not come up.</exception>
    public void Poll()
    {
        ReadStatus();
        if (_worker!.HasExited)
        {
            if (_worker.ExitCode is FuzzExitCode.Passed or FuzzExitCode.Finding || EndedBeforeItListened)
                IsDone = true;
            else if (_worker.ExitCode == FuzzExitCode.HarnessFailed)
                throw new HarnessFailureException($"a worker failed: {_worker.Errors}");
            else
                Bury(_worker.ExitCode);
        }
        else if (_status.Executions != _lastExecutions)
        {
            _lastExecutions = _status.Executions;
            _lastProgress = Stopwatch.GetTimestamp();
        }
        else if (_status.Executions > 0 && Stopwatch.GetElapsedTime(_lastProgress) > settings.RunTimeout * SilenceFactor)
        {
            _worker.Kill();
            Bury(Finding.OfDeath("timeout", "a worker could not even end itself"));
        }
    }

    /// <summary>Asks the worker to end, once or more often; none comes after it.</summary>
    public void Stop()
    {
        _isStopping = true;
        _worker?.Stop();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _worker?.Dispose();
        File.Delete(_statusFile);
        if (Directory.Exists(_again))
            Directory.Delete(_again, recursive: true);
    }

    // Somebody outside may have killed the worker, for want of memory perhaps: its input is run once more, and is a finding when that ends
    // the same. Any other death is the input's doing.
    private void Bury(int exitCode)
    {
        string name = _status.Executions > 0 ? CorpusFolder.NameOf(InputBuffer.ReadLast(_statusFile)) : "";
        if (exitCode != Killed)
            Bury(Finding.OfDeath(exitCode == FuzzExitCode.TimedOut ? "timeout" : "crash", _worker!.Errors));
        else if (name.Length > 0 && name == _lastKilled)
            Bury(Finding.OfDeath("killed", "the machine killed two workers that ran this input"));
        else
            Retry(name);
    }

    private void Retry(string name)
    {
        _lastKilled = name;
        if (name.Length > 0)
            new CorpusFolder(_again).Save(InputBuffer.ReadLast(_statusFile));
        Replace();
    }

    // The input that ended a process is a finding; the next process goes on without it.
    private void Bury(Finding finding)
    {
        if (_status.Executions == 0)
            throw new HarnessFailureException($"a worker ended before it had run anything: {finding.Detail}");
        byte[] input = InputBuffer.ReadLast(_statusFile);
        _deadly.Add(CorpusFolder.NameOf(input));
        new FindingStore(settings.Findings).Keep(finding, settings.Target, input);
        Replace();
    }

    private void Replace()
    {
        _deaths++;
        _earlier = Knowledge with
        {
            Executions = Executions,
            FuzzingExecutions = _earlier.FuzzingExecutions + _status.FuzzingExecutions,
            FuzzingNanoseconds = _earlier.FuzzingNanoseconds + _status.FuzzingNanoseconds,
        };

        // Clear the status, so that the next worker is not mistaken for this one before it reports.
        _status = default;
        File.Delete(_statusFile);
        if (_isStopping || _deadly.Count >= MostDeaths || Stopwatch.GetElapsedTime(_started) >= settings.Time)
            IsDone = true;
        else
            Start();
    }

    private void ReadStatus()
    {
        if (!File.Exists(_statusFile))
            return;
        Span<byte> header = stackalloc byte[Marshal.SizeOf<WorkerStatus>()];
        using FileStream file = new(_statusFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        if (file.Read(header) == header.Length)
            _status = MemoryMarshal.Read<WorkerStatus>(header);
    }
}
