using System.CommandLine;
using Simulation.Conformance;
using Simulation.Conformance.UnderTest;
using Simulation.PlantedBugs.Catalogue;
using Simulation.Runner.Conforming;

namespace Simulation.Runner.Commands;

/// <summary><c>simulate conform</c>: what destinations do under faults, ours and others, in one table.</summary>
internal sealed class ConformCommand : Command, ITeachesByExample
{
    private readonly Option<string[]> _underTest = new("--under-test")
    {
        Description = "A program to judge; several times for several, a column each. daemon:PATH is a daemon of this project, qemu:PATH a QEMU, "
            + "and 'COMMAND {qmp} {ram}' any other: it serves QMP on the socket {qmp} and keeps the RAM of its block m0, 1 MiB, in the file {ram}; "
            + "with {uri} it listens there at once, else it waits for migrate-incoming. "
            + "Without this: our daemon, and those QEMUs that MIGRATION_QEMUS lists, separated by colons, or those that are installed.",
        HelpName = "program",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string?> _only = new("--only")
    {
        Description = "The row of this name, e.g. multifd/channel-cut, or all whose names contain it.",
        HelpName = "row",
    };

    private readonly Option<int> _times = new("--times")
    {
        Description = "How often a row is played that timing decides; the result is a rate.",
        DefaultValueFactory = _ => 5,
    };

    private readonly Option<ulong> _seed = new("--seed")
    {
        Description = "Decides where connections are cut.",
        HelpName = "seed",
        CustomParser = ArgumentValues.Seed,
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<string?> _bug = new("--bug")
    {
        Description = "Plant this bug in our daemon, and judge that alone.",
        HelpName = "id",
    };

    private readonly Option<int> _jobs = new("--jobs", "-j")
    {
        Description = "Programs at a time.",
        DefaultValueFactory = _ => 2 * Environment.ProcessorCount,
    };

    private readonly Option<bool> _json = new("--json") { Description = "One JSON object a line, row, property and program." };

    /// <summary>Makes the command.</summary>
    public ConformCommand()
        : base("conform", "Judge destinations, ours and real QEMUs, under faults: a table of capabilities, faults and properties.")
    {
        _times.RequireBetween(1, 10_000);
        _jobs.RequireBetween(1, 1024);
        _bug.RequirePlanted();
        foreach (Option option in (Option[])[_underTest, _only, _times, _seed, _bug, _jobs, _json])
            Options.Add(option);
        SetAction(Run);
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string What, string CommandLine)> Examples =>
    [
        ("Our daemon and every QEMU that is installed", "simulate conform"),
        ("A QEMU that you have built", "simulate conform --under-test qemu:build/qemu-system-x86_64"),
        ("One row, twenty times", "simulate conform --only multifd/late-channel-error --times 20"),
        ("Another implementation", "simulate conform --under-test 'incoming serve --qmp unix:{qmp} --memory-file {ram} --block m0=1M'"),
        ("Only the figures of query-migrate", "simulate conform --only figures --under-test qemu:build/qemu-system-x86_64"),
        ("For a program", "simulate conform --json"),
        ("Exit codes", "0 every property held, 1 one was violated, 2 the harness itself failed, 64 usage"),
    ];

    private int Run(ParseResult result)
    {
        PlantedDaemon? planted = null;
        try
        {
            IReadOnlyList<IDestinationProgram> programs = UnderTestPrograms.Find(result.GetValue(_underTest) ?? []);
            if (result.GetValue(_bug) is { } bug)
            {
                planted = new(programs.OfType<DaemonProgram>().FirstOrDefault() ?? DaemonProgram.Find(), BugCatalogue.Find(bug)!);
                programs = [planted.Program];
            }

            return Judge(programs, result);
        }
        catch (Exception missing) when (missing is QemuMissingException or DestinationMissingException)
        {
            Console.Error.WriteLine($"simulate conform: {missing.Message}");
            return ExitCode.HarnessFailed;
        }
        finally
        {
            planted?.Dispose();
        }
    }

    private int Judge(IReadOnlyList<IDestinationProgram> programs, ParseResult result)
    {
        ulong seed = result.GetRequiredValue(_seed);
        string only = result.GetValue(_only) ?? "";
        IReadOnlyList<ConformanceCase> all = ConformanceCases.All(seed);
        ConformanceCase[] rows = [.. all.Where(row => row.Name == only)];
        if (rows.Length == 0)
            rows = [.. all.Where(row => row.Name.Contains(only, StringComparison.Ordinal))];
        if (rows.Length == 0)
            throw new FormatException($"no row's name contains '{only}': simulate conform --json names them");
        ConformSession session = new(programs, rows, seed, result.GetRequiredValue(_json));
        return session.Run(result.GetRequiredValue(_times), result.GetRequiredValue(_jobs));
    }
}
