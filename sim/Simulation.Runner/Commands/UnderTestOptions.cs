using System.CommandLine;
using Simulation.Conformance;
using Simulation.Conformance.Drawn;
using Simulation.PlantedBugs;
using Simulation.Runner.Conforming;

namespace Simulation.Runner.Commands;

/// <summary><c>--under-test</c> and <c>--times</c>: a drawn scenario for a program in real time, and not for our destination in virtual time.</summary>
internal sealed class UnderTestOptions
{
    private readonly Option<string?> _program = new("--under-test")
    {
        Description = "Have this program carry the scenario out, in real time: daemon:PATH is a daemon of this project, qemu:PATH a QEMU, and "
            + "'COMMAND {qmp} {ram}' any other, as for 'conform'.",
        HelpName = "program",
    };

    private readonly Option<int> _times = new("--times")
    {
        Description = "With --under-test: how often a scenario is played that timing decides; the result is a rate.",
        DefaultValueFactory = _ => 1,
    };

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="others">Options of the command that mean something in virtual time only.</param>
    public void AddTo(Command command, params IReadOnlyList<Option> others)
    {
        _times.RequireBetween(1, 10_000);
        command.Options.Add(_program);
        command.Options.Add(_times);
        command.Validators.Add(result =>
        {
            if (result.GetValue(_program) is null)
                return;
            foreach (Option other in others)
            {
                if (result.GetResult(other) is { Implicit: false })
                    result.AddError($"{other.Name} is for virtual time, and does not go with --under-test.");
            }
        });
    }

    /// <summary>Whether a program is named.</summary>
    /// <param name="result">The command line.</param>
    public bool IsGiven(ParseResult result) => result.GetValue(_program) is not null;

    /// <summary>Has the named program do something.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="bug">The bug to plant in our daemon, or null.</param>
    /// <param name="work">What to do; returns an exit code.</param>
    /// <returns>An exit code.</returns>
    public int Run(ParseResult result, PlantedBug? bug, Func<DrawnTrial, int> work)
    {
        PlantedDaemon? planted = null;
        try
        {
            IDestinationProgram program = UnderTestPrograms.Find([result.GetValue(_program)!])[0];
            if (bug is not null)
            {
                planted = new(program as DaemonProgram ?? throw new FormatException("--bug is planted in a daemon: --under-test daemon:PATH"), bug);
                program = planted.Program;
            }

            return work(new(program, result.GetRequiredValue(_times)));
        }
        catch (Exception missing) when (missing is QemuMissingException or DestinationMissingException)
        {
            Console.Error.WriteLine($"simulate: {missing.Message}");
            return ExitCode.HarnessFailed;
        }
        finally
        {
            planted?.Dispose();
        }
    }
}
