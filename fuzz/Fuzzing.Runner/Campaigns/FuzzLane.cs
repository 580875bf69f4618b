using System.Diagnostics;
using System.Runtime.InteropServices;
using Fuzzing.Engine.Execution;
using Fuzzing.Runner.Workers;

namespace Fuzzing.Runner.Campaigns;

/// <summary>One job of a session: a worker process, and the next one where an input has ended it.</summary>
/// <param name="settings">What the session does.</param>
/// <param name="number">The job's number, from 0.</param>
internal sealed class FuzzLane(FuzzSettings settings, int number) : IDisposable
{
    private const int MostDeaths = 50;
    private readonly string _statusFile = Folders.Status(settings.Target, $"job-{number}");
    private readonly long _started = Stopwatch.GetTimestamp();
    private WorkerProcess? _worker;
    private long _lastExecutions = -1;
    private long _lastProgress = Stopwatch.GetTimestamp();
    private int _deaths;

    /// <summary>What the worker tells of itself.</summary>
    public WorkerStatus Status { get; private set; }

    /// <summary>Whether the job is done.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Runs of the workers that have died.</summary>
    public long EarlierExecutions { get; private set; }

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
            Inputs = settings.Seeds,
            Output = settings.Corpus,
            FindingsFolder = settings.Findings,

            // One that died would do the same again.
            Seed = unchecked(settings.Seed + (ulong)number + ((ulong)_deaths << 32)),
            Executions = settings.Executions,
            Milliseconds = (long)Math.Max(0, left.TotalMilliseconds),
        });
        _lastExecutions = -1;
        _lastProgress = Stopwatch.GetTimestamp();
    }

    /// <summary>Looks at the worker: reads its status, notices its end, ends one that hangs.</summary>
    /// <exception cref="HarnessFailureException">The worker does not come up.</exception>
    public void Look()
    {
        ReadStatus();
        if (_worker!.HasExited)
        {
            if (_worker.ExitCode is ExitCode.Passed or ExitCode.Finding)
                IsDone = true;
            else if (_worker.ExitCode == ExitCode.HarnessFailed)
                throw new HarnessFailureException($"a worker failed: {_worker.Errors}");
            else
                Bury("crash", _worker.Errors);
        }
        else if (Status.Executions != _lastExecutions)
        {
            _lastExecutions = Status.Executions;
            _lastProgress = Stopwatch.GetTimestamp();
        }
        else if (Status.Executions > 0 && Stopwatch.GetElapsedTime(_lastProgress) > settings.RunTimeout)
        {
            _worker.Kill();
            Bury("timeout", $"the run had not ended after {settings.RunTimeout.TotalSeconds} s");
        }
    }

    /// <summary>Asks the worker to end.</summary>
    public void Stop() => _worker?.Stop();

    /// <inheritdoc/>
    public void Dispose()
    {
        _worker?.Dispose();
        File.Delete(_statusFile);
    }

    // The input that ended a process is a finding; the next process goes on without it.
    private void Bury(string cause, string output)
    {
        if (Status.Executions == 0)
            throw new HarnessFailureException($"a worker ended before it had run anything: {output}");
        byte[] input = InputBuffer.ReadLast(_statusFile);
        new FindingStore(settings.Findings).Keep(Finding.OfDeath(cause, output), settings.Target, input);
        EarlierExecutions += Status.Executions;
        _deaths++;
        if (_deaths >= MostDeaths || Stopwatch.GetElapsedTime(_started) >= settings.Time)
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
            Status = MemoryMarshal.Read<WorkerStatus>(header);
    }
}
