using System.Diagnostics;
using System.Text;

namespace Processes;

/// <summary>A program under test. Waiting for it is bounded only so that a hang ends the test run: no test measures time.</summary>
public sealed class TestProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task<byte[]> _output;
    private readonly Task<string> _errors;

    private TestProcess(string program, IEnumerable<string> arguments, byte[]? input)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _process = Process.Start(start)!;
        _output = Task.Run(async () =>
        {
            using MemoryStream bytes = new();
            await _process.StandardOutput.BaseStream.CopyToAsync(bytes);
            return bytes.ToArray();
        });
        _errors = _process.StandardError.ReadToEndAsync();
        Feed(input);
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary><c>incoming</c> as it was built beside the tests.</summary>
    public static string IncomingProgram { get; } = Path.Combine(AppContext.BaseDirectory, "incoming");

    /// <summary>Starts <c>incoming</c>.</summary>
    public static TestProcess Incoming(params string[] arguments) => new(IncomingProgram, arguments, null);

    public static TestProcess IncomingFed(byte[] input, params string[] arguments) =>
        new(IncomingProgram, arguments, input);

    /// <summary>Starts <c>incoming</c> behind a line of shell: a limit, or a redirection by <c>exec</c>.</summary>
    public static TestProcess IncomingUnder(string shell, params string[] arguments) =>
        new("/bin/sh", ["-c", shell + "; exec \"$0\" \"$@\"", IncomingProgram, .. arguments], null);

    public static TestProcess Start(string program, params string[] arguments) => new(program, arguments, null);

    /// <summary>Waits for the end.</summary>
    public Result Wait() => Wait(Patience.Limit);

    /// <summary>Waits for the end, for less long where a hang would end by itself after a while.</summary>
    public Result Wait(TimeSpan patience)
    {
        if (!_process.WaitForExit(patience))
        {
            _process.Kill(entireProcessTree: true);
            throw new InvalidOperationException($"the program did not end: {_errors.Result}");
        }
        return new(_process.ExitCode, Encoding.UTF8.GetString(_output.Result), _errors.Result);
    }

    /// <summary>Asks the process to end, as a service manager does.</summary>
    public void Terminate()
    {
        using Process kill = Process.Start("kill", ["-TERM", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }

    private void Feed(byte[]? input)
    {
        try
        {
            if (input is not null)
                _process.StandardInput.BaseStream.Write(input);
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The program has seen enough.
        }
    }

    public sealed record Result(int ExitCode, string Output, string Errors);
}
