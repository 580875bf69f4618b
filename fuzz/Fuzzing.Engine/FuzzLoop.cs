using System.Diagnostics;
using Fuzzing.Engine.Corpus;
using Fuzzing.Engine.Coverage;
using Fuzzing.Engine.Execution;
using Fuzzing.Engine.Mutation;
using Simulation.Engine.Choices;

namespace Fuzzing.Engine;

/// <summary>
/// The managed engine: picks an input, mutates it, runs it, keeps what reaches something new. With one job and a number of runs for a
/// limit everything follows from the seed.
/// </summary>
public sealed class FuzzLoop
{
    private const int RunsPerPick = 64;
    private const int MostSubstitutions = 256;
    private const int SampleEvery = 16;
    private const int PicksBetweenImports = 512;

    private readonly Executor _executor;
    private readonly InputBuffer _buffer;
    private readonly CoverageMap _coverage;
    private readonly CorpusFolder _folder;
    private readonly CorpusSchedule _schedule;
    private readonly Mutator _mutator;
    private readonly Trimmer _trimmer;
    private readonly Action<Finding, byte[]> _report;
    private TimeSpan? _time;
    private long _started;
    private CancellationToken _stop;
    private readonly SortedDictionary<string, int> _findings = new(StringComparer.Ordinal);

    /// <summary>Makes an engine.</summary>
    /// <param name="target">What to fuzz.</param>
    /// <param name="buffer">Where the target reads its inputs and the status is told.</param>
    /// <param name="regions">The counters of the instrumented assemblies.</param>
    /// <param name="folder">The corpus, shared with other jobs.</param>
    /// <param name="seed">Decides all draws.</param>
    /// <param name="report">Takes each finding that is new or smaller than before, with its input.</param>
    public FuzzLoop(
        FuzzTarget target, InputBuffer buffer, IReadOnlyList<CounterRegion> regions, CorpusFolder folder, ulong seed,
        Action<Finding, byte[]> report)
    {
        SeedStreams streams = new(seed);
        _buffer = buffer;
        _executor = new Executor(target, buffer) { OnFinding = Report };
        _coverage = new CoverageMap(regions, target.States);
        _folder = folder;
        _schedule = new CorpusSchedule(streams.Stream("schedule"));
        _mutator = new Mutator(streams.Stream("mutation"), target.Format, target.MaximumBytes);
        _trimmer = new Trimmer(_executor, _coverage, target.Format, IsOver);
        _report = report;
        _buffer.Status.BlockCount = _coverage.BlockCount;
    }

    /// <summary>What was reached.</summary>
    public CoverageMap Coverage => _coverage;

    /// <summary>The inputs kept.</summary>
    public IReadOnlyList<CorpusEntry> Entries => _schedule.Entries;

    /// <summary>Signatures of the findings, each with the length of its smallest input.</summary>
    public IReadOnlyDictionary<string, int> Findings => _findings;

    /// <summary>Runs the inputs that are there and keeps those that reach something new.</summary>
    /// <param name="seeds">Folders beside the corpus that are read and not written.</param>
    public void Load(IReadOnlyList<CorpusFolder> seeds)
    {
        // First calls compile code and fill caches, so ignore the coverage of the first run.
        _executor.Run(default);
        _coverage.Clear();
        IEnumerable<byte[]> inputs = seeds.Append(_folder).SelectMany(folder => folder.ReadNews()).Select(file => file.Content);
        foreach (byte[] input in inputs.Where(Fits).OrderBy(content => content.Length))
            Try(input, isTrimmed: true);
        if (_schedule.Entries.Count == 0)
            Keep([]);
    }

    /// <summary>Fuzzes until a limit is reached.</summary>
    /// <param name="limits">When to end.</param>
    /// <param name="stop">Ends it earlier.</param>
    public void Run(FuzzLimits limits, CancellationToken stop)
    {
        (_started, _time, _stop) = (Stopwatch.GetTimestamp(), limits.Time, stop);
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        long before = _executor.Executions;
        long picks = 0;
        while (!IsOver() && !(limits.Executions <= _executor.Executions))
        {
            TimeSpan elapsed = Stopwatch.GetElapsedTime(_started);
            _buffer.Status.FuzzingNanoseconds = (long)elapsed.TotalMicroseconds * 1000;
            _buffer.Status.FuzzingExecutions = _executor.Executions - before;
            _buffer.Status.AllocatedBytes = GC.GetAllocatedBytesForCurrentThread() - allocated;
            FuzzOne();
            if (++picks % PicksBetweenImports == 0)
                Import();
        }
    }

    // Asked between the runs of a pick and of a trimming too: an input may take long.
    private bool IsOver() => _stop.IsCancellationRequested || _time <= Stopwatch.GetElapsedTime(_started);

    private void FuzzOne()
    {
        CorpusEntry entry = _schedule.Pick(_coverage.Passes);
        if (entry.Numbers is null)
        {
            LookClosely(entry);
            foreach (ReadOnlyMemory<byte> input in _mutator.Substitutions(entry).Take(MostSubstitutions))
                Try(input.Span, isTrimmed: false);
        }
        for (int i = 0; i < RunsPerPick && !IsOver(); i++)
            Try(_mutator.Mutate(entry, _schedule.Any()), isTrimmed: false);
    }

    private void Import()
    {
        foreach (byte[] content in _folder.ReadNews().Select(file => file.Content).Where(Fits))
            Try(content, isTrimmed: true);
    }

    private bool Fits(byte[] input) => input.Length <= _executor.Target.MaximumBytes;

    private void Try(ReadOnlySpan<byte> input, bool isTrimmed)
    {
        if (_executor.Run(input) is not null)
        {
            _coverage.Clear();
            return;
        }
        bool isNew = _coverage.Collect();
        if (_executor.Executions % SampleEvery == 0)
            _coverage.Sample();
        if (isNew)
            Keep(isTrimmed ? input.ToArray() : _trimmer.Trim(input));
    }

    // The last run collected is that of the input, or one that reaches the same news.
    private void Keep(byte[] input)
    {
        (int Block, byte Bits)[] news = _coverage.News();

        // Code that only a first call reaches is not reached again by the same input.
        if (news.Length == 0 && _schedule.Entries.Count > 0)
            return;
        _schedule.Add(new CorpusEntry(input, _coverage.LastBlocks(), news.Sum(n => System.Numerics.BitOperations.PopCount(n.Bits))));
        _coverage.Accept();
        if (input.Length > 0)
            _folder.Save(input);
        _buffer.Status.CorpusCount = _schedule.Entries.Count;
        _buffer.Status.CorpusBytes = _schedule.Bytes;
        _buffer.Status.Blocks = _coverage.Blocks;
        _buffer.Status.Features = _coverage.Features;
    }

    private void LookClosely(CorpusEntry entry)
    {
        CompareLog.Begin();
        _executor.Run(entry.Bytes);
        CompareLog.End();
        _coverage.Clear();
        HashSet<ComparedNumbers> seen = [];
        List<ComparedNumbers> numbers = [];
        foreach (ComparedNumbers compared in CompareLog.Numbers)
        {
            if (seen.Add(compared))
                numbers.Add(compared);
        }
        entry.Numbers = [.. numbers];
        entry.Strings = [.. CompareLog.Bytes];
    }

    private void Report(Finding finding, byte[] input)
    {
        if (_findings.TryGetValue(finding.Signature, out int length) && length <= input.Length)
            return;
        _findings[finding.Signature] = input.Length;
        _buffer.Status.Findings = _findings.Count;
        _report(finding, input);
    }
}
