using System.Runtime.InteropServices;
using Simulation.Campaigns;

namespace Simulation.Runner.Campaigns;

/// <summary>This program once more, as a worker.</summary>
internal static partial class OwnProcess
{
    /// <summary>PR_SET_PDEATHSIG.</summary>
    private const int SetParentDeathSignal = 1;

    private const int KillSignal = 9;

    /// <summary>Starts this program. On Linux it ends with the thread that starts it, at the latest.</summary>
    /// <param name="arguments">Its arguments; with these it calls <see cref="Serve"/>.</param>
    /// <returns>The process.</returns>
    public static WorkerPipe Start(IReadOnlyList<string> arguments)
    {
        string program = Environment.ProcessPath!;
        return new(program, Path.GetFileNameWithoutExtension(program) == "dotnet"
            ? [Path.Combine(AppContext.BaseDirectory, "simulate.dll"), .. arguments] : arguments);
    }

    /// <summary>The worker's side: serves until nobody asks any more.</summary>
    /// <param name="serve">Serves requests, the first stream, by answers, the second.</param>
    /// <returns>An exit code.</returns>
    public static int Serve(Action<Stream, Stream> serve)
    {
        // A run that never ends cannot notice that its parent has gone.
        if (OperatingSystem.IsLinux())
            SignalAtDeathOfParent(SetParentDeathSignal, KillSignal);

        // Ctrl-C at a terminal reaches us too. Who started us ends us, or its end does.
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => context.Cancel = true);
        using Stream requests = Console.OpenStandardInput();
        using Stream answers = Console.OpenStandardOutput();
        try
        {
            serve(requests, answers);
        }
        catch (IOException)
        {
            // Who asked is gone, and nobody wants the rest.
        }

        return ExitCode.Passed;
    }

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int SignalAtDeathOfParent(int option, nint signal);
}
