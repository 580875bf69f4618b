using System.Diagnostics;
using System.Text;
using Simulation.Engine;
using Simulation.Scenarios.Shrinking;

namespace Simulation.Campaigns;

/// <summary>A worker in a process of its own: what a run does to its process, up to its end, is seen from here, and the campaign goes on
/// with a new one.</summary>
public sealed class ProcessWorker : ICampaignWorker
{
    private const int MostErrorLines = 4;

    private readonly Process _process;
    private readonly BinaryReader _answers;
    private readonly BinaryWriter _requests;
    private readonly Thread _listener;
    private readonly List<string> _errors = [];
    private volatile bool _isEnded;

    /// <summary>Starts a worker.</summary>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments: with these it calls <see cref="WorkerService.Serve"/> on its standard input and output.</param>
    /// <exception cref="HarnessException">It does not start.</exception>
    public ProcessWorker(string program, IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // A dump of a process that a finding ends is of no use and slow.
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        _process = Process.Start(start)!;
        _answers = new(new BufferedStream(_process.StandardOutput.BaseStream));
        _requests = new(new BufferedStream(_process.StandardInput.BaseStream));
        _listener = new Thread(Listen) { IsBackground = true };
        _listener.Start();
        try
        {
            _answers.ReadByte();
        }
        catch (EndOfStreamException)
        {
            throw new HarnessException($"a worker does not start: {Lost().Message}");
        }
    }

    /// <inheritdoc/>
    public IEnumerable<JudgedRun> Run(IReadOnlyList<CampaignCase> cases)
    {
        ArgumentNullException.ThrowIfNull(cases);
        Ask(() =>
        {
            _requests.Write(WorkerService.AskRuns);
            _requests.Write(cases.Count);
            foreach (CampaignCase given in cases)
                RunCodec.Write(_requests, given);
        });
        for (int i = 0; i < cases.Count; i++)
            yield return Answer(RunCodec.ReadRun);
    }

    /// <inheritdoc/>
    public Recipe? Shrink(CampaignCase failing, int maximumRuns, Action beat)
    {
        ArgumentNullException.ThrowIfNull(beat);
        Ask(() =>
        {
            _requests.Write(WorkerService.AskShrinking);
            RunCodec.Write(_requests, failing);
            _requests.Write(maximumRuns);
        });
        while (Answer(reader => reader.ReadByte()) == WorkerService.Beat)
            beat();
        return Answer(RunCodec.ReadText) is { } json ? Recipe.Parse(json) : null;
    }

    /// <inheritdoc/>
    public bool TryEnd()
    {
        _isEnded = true;
        _process.Kill();
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.WaitForExit();
        _listener.Join();
        _process.Dispose();
    }

    private void Ask(Action write)
    {
        try
        {
            write();
            _requests.Flush();
        }
        catch (IOException)
        {
            throw Lost();
        }
    }

    private T Answer<T>(Func<BinaryReader, T> read)
    {
        try
        {
            return read(_answers);
        }
        catch (IOException)
        {
            throw Lost();
        }
    }

    private WorkerLostException Lost()
    {
        _process.WaitForExit();
        _listener.Join();
        if (_isEnded)
            return new("the run did not end, and its process was killed");
        StringBuilder said = new();
        foreach (string line in _errors)
            said.Append(said.Length == 0 ? ": " : " ").Append(line.Trim());
        return new($"the process of the run ended with exit code {_process.ExitCode}{said}");
    }

    // The stack of an overflow is thousands of lines: the first say enough, and the others must not be kept waiting.
    private void Listen()
    {
        while (_process.StandardError.ReadLine() is { } line)
        {
            if (_errors.Count < MostErrorLines)
                _errors.Add(line);
        }
    }
}
