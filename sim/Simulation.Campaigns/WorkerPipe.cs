using System.Diagnostics;
using System.Text;
using Simulation.Engine;

namespace Simulation.Campaigns;

/// <summary>A process that does what it is asked on its standard input and answers on its standard output: whatever ends it is seen from
/// here. Its first answer is a byte that says that it is ready. One thread asks; any may end it.</summary>
public sealed class WorkerPipe : IDisposable
{
    private const int MostErrorLines = 4;

    private readonly Process _process;
    private readonly BinaryReader _answers;
    private readonly BinaryWriter _requests;
    private readonly Thread _listener;
    private readonly List<string> _errors = [];
    private volatile bool _isEnded;

    /// <summary>Starts a process and waits until it is ready.</summary>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <exception cref="HarnessException">It does not start.</exception>
    public WorkerPipe(string program, IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // Core dumps of killed workers are slow and not needed.
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

    /// <summary>Sends a request.</summary>
    /// <param name="write">Writes it.</param>
    /// <exception cref="WorkerLostException">The process died.</exception>
    public void Ask(Action<BinaryWriter> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        try
        {
            write(_requests);
            _requests.Flush();
        }
        catch (IOException)
        {
            throw Lost();
        }
    }

    /// <summary>Waits for an answer.</summary>
    /// <typeparam name="T">What it is.</typeparam>
    /// <param name="read">Reads it.</param>
    /// <returns>The answer.</returns>
    /// <exception cref="WorkerLostException">The process died.</exception>
    public T Answer<T>(Func<BinaryReader, T> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        try
        {
            return read(_answers);
        }
        catch (IOException)
        {
            throw Lost();
        }
    }

    /// <summary>Ends the process, from any thread: who waits for it learns that the run did not end.</summary>
    public void End()
    {
        _isEnded = true;
        _process.Kill();
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

    // The trace of a stack overflow has thousands of lines. Keep the first ones, and read the others so that the worker can end.
    private void Listen()
    {
        while (_process.StandardError.ReadLine() is { } line)
        {
            if (_errors.Count < MostErrorLines)
                _errors.Add(line);
        }
    }
}

/// <summary>A worker's process died.</summary>
/// <param name="message">How, one sentence.</param>
public sealed class WorkerLostException(string message) : Exception(message);
