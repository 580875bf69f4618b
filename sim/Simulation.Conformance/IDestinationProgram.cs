namespace Simulation.Conformance;

/// <summary>A destination under test: a program that is started anew for each case, with the machine <c>none</c> and one RAM block in a
/// shared file.</summary>
internal interface IDestinationProgram
{
    /// <summary>What people call it, a few characters.</summary>
    public string Name { get; }

    /// <summary>What it says of its version.</summary>
    public string Version { get; }

    /// <summary>Whether it is this project's daemon, of which more is known than it says.</summary>
    public bool IsOurs { get; }

    /// <summary>Whether it listens for its migration without being told by QMP.</summary>
    public bool ListensByItself { get; }

    /// <summary>Which sources it can have.</summary>
    public SourceDialect Dialect { get; }

    /// <summary>Whether its machine is what its command line makes it: 1 MiB of RAM, no compat properties, and the guest starts by itself.</summary>
    public bool HasFixedMachine { get; }

    /// <summary>The command line of <c>simulate conform</c> that names it.</summary>
    public IReadOnlyList<string> Arguments { get; }

    /// <summary>The command that starts it.</summary>
    /// <param name="played">The case it is for.</param>
    /// <param name="files">The files that it shares with the harness.</param>
    public DestinationCommand CommandFor(RefereeCase played, DestinationFiles files);
}

/// <summary>A command that starts a destination.</summary>
/// <param name="Program">The program.</param>
/// <param name="Arguments">Its arguments.</param>
internal sealed record DestinationCommand(string Program, IReadOnlyList<string> Arguments)
{
    /// <summary>Variables of its environment beside those of this process.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether it serves QMP on <see cref="DestinationFiles.Monitor"/>, and not on its standard streams.</summary>
    public bool ServesMonitorSocket { get; init; }
}

/// <summary>What a source writes, by the machine that both sides have.</summary>
internal enum SourceDialect
{
    /// <summary>As QEMU 10 and later write it.</summary>
    Today,

    /// <summary>As a source writes it for QEMU before 8.1: no SWITCHOVER_START, and multifd channels meet after each section.</summary>
    Before81,
}
