using System.CommandLine;
using Simulation.Conformance;
using Simulation.Runner.Refereeing;

namespace Simulation.Runner.Commands;

/// <summary><c>simulate referee</c>: the same bytes to our destination, to the oracle and to a real QEMU.</summary>
internal sealed class RefereeCommand : Command, ITeachesByExample
{
    private static readonly TimeSpan DefaultTime = TimeSpan.FromMinutes(1);

    private readonly Argument<string[]> _files = new("files")
    {
        Description = "Files or folders of the corpus, or tokens, in place of seeds.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string[]> _qemu = new("--qemu")
    {
        Description = "A QEMU to ask, 10 or later, any build that has the machine none; several times for several, a column each. "
            + "Else those that MIGRATION_QEMUS lists, separated by colons, or the installed one.",
        HelpName = "path",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<ulong?> _seed = new("--seed")
    {
        Description = "This seed alone.",
        HelpName = "seed",
        CustomParser = result => ArgumentValues.Seed(result),
    };

    private readonly Option<ulong> _from = new("--from")
    {
        Description = "The first seed.",
        HelpName = "seed",
        CustomParser = ArgumentValues.Seed,
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<long?> _count = new("--count") { Description = "Hear so many streams at most." };

    private readonly Option<TimeSpan?> _time = new("--time")
    {
        Description = "Begin no new stream after so long: 90s, 5m, 1h.",
        HelpName = "duration",
        CustomParser = Durations.Parse,
    };

    private readonly Option<int> _jobs = new("--jobs", "-j")
    {
        Description = "Streams at a time, each with a QEMU of its own.",
        DefaultValueFactory = _ => 8 * Environment.ProcessorCount,
    };

    private readonly Option<string> _out = new("--out")
    {
        Description = "The folder for the streams of disagreements.",
        HelpName = "folder",
        DefaultValueFactory = _ => Path.Combine("artifacts", "referee"),
    };

    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Makes the command.</summary>
    public RefereeCommand()
        : base("referee", "Give the same streams to our destination, to the oracle and to one real QEMU or several, and compare.")
    {
        Arguments.Add(_files);
        _jobs.RequireBetween(1, 1024);
        foreach (Option option in (Option[])[_qemu, _seed, _from, _count, _time, _jobs, _out, _json])
            Options.Add(option);
        SetAction(Run);
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string What, string CommandLine)> Examples =>
    [
        ("A minute of drawn streams", "simulate referee"),
        ("Ten thousand of them", "simulate referee --count 10000"),
        ("One again", "simulate referee --seed 7"),
        ("The corpus", "simulate referee corpus"),
        ("One file, and another QEMU", "simulate referee corpus/malformed/None--hook.bin --qemu /opt/qemu/bin/qemu-system-x86_64"),
        ("Two QEMUs side by side", "simulate referee --qemu qemu-system-x86_64 --qemu /opt/qemu-sid/qemu-system-x86_64"),
    ];

    private int Run(ParseResult result)
    {
        IReadOnlyList<QemuProgram> qemus;
        try
        {
            qemus = QemuProgram.FindAll(result.GetValue(_qemu) ?? []);
        }
        catch (QemuMissingException missing)
        {
            Console.Error.WriteLine($"simulate referee: {missing.Message}");
            return ExitCode.HarnessFailed;
        }

        string[] files = result.GetValue(_files) ?? [];
        long? count = result.GetValue(_count);
        TimeSpan? time = result.GetValue(_time);
        IEnumerable<Func<RefereeCase>> cases = files.Length > 0 ? CaseFiles.Open(files)
            : result.GetValue(_seed) is { } seed ? [() => RefereeDraw.Draw(seed)]
            : Drawn(result.GetValue(_from));
        if (files.Length == 0 && count is null)
            time ??= DefaultTime;
        RefereeSession session = new(qemus, result.GetValue(_jobs), result.GetRequiredValue(_out), result.GetValue(_json));
        return session.Run(count is { } most ? cases.Take((int)Math.Min(most, int.MaxValue)) : cases, time);
    }

    private static IEnumerable<Func<RefereeCase>> Drawn(ulong from)
    {
        for (ulong seed = from; ; seed++)
        {
            ulong drawn = seed;
            yield return () => RefereeDraw.Draw(drawn);
        }
    }
}
