namespace Simulation.Conformance.Drawn;

/// <summary>What becomes of a part of a drawn scenario where a program has to carry it out in real time.</summary>
internal enum PartFate
{
    /// <summary>The program is given it.</summary>
    Given,

    /// <summary>Something else stands for it.</summary>
    StoodFor,

    /// <summary>It is left out: what is left of the scenario is played.</summary>
    LeftOut,
}

/// <summary>A part of a drawn scenario, and what becomes of it.</summary>
/// <param name="Member">The member of the scenario, as <c>Machine.Name</c>; a member without a line has that of the one it is in.</param>
/// <param name="Fate">What becomes of it.</param>
/// <param name="How">How the program gets it, or why it does not.</param>
internal sealed record ScenarioPart(string Member, PartFate Fate, string How)
{
    /// <summary>Every part. A test compares them with the options.</summary>
    public static IReadOnlyList<ScenarioPart> All { get; } =
    [
        new("Format", PartFate.LeftOut, "it is the version of the JSON, and changes nothing"),
        new("Seed", PartFate.Given, "content, order of connections and strangers' bytes come from it"),
        new("Machine", PartFate.Given, "compat properties and -uuid, on the command line"),
        new("Machine.DeviceCount", PartFate.LeftOut, "the machine is none: the same devices in every QEMU"),
        new("Machine.HasRichDevices", PartFate.LeftOut, "the machine is none"),
        new("Machine.Name", PartFate.LeftOut, "the machine is none"),
        new("Machine.SourceIsOlder", PartFate.LeftOut, "the machine is none: its devices have one version"),
        new("Machine.AckIsUnknown", PartFate.StoodFor, "the machine none has no version: it is unknown"),
        new("Machine.SourceNeedsNoAck", PartFate.LeftOut, "the machine none has no version"),
        new("Machine.PageBits", PartFate.LeftOut, "pages of x86 have 4096 bytes"),
        new("Blocks", PartFate.StoodFor, "one block m0 of as many pages, in a file that the harness reads too"),
        new("Guest", PartFate.Given, "the source's guest writes in virtual time, before the bytes are sent"),
        new("Migration", PartFate.Given, "by QMP, and in the order of connections"),
        new("Migration.FileOffset", PartFate.LeftOut, "the file begins with the migration"),
        new("Migration.Events", PartFate.StoodFor, "always on: a check needs them"),
        new("Migration.HasUnequalLinks", PartFate.LeftOut, "all connections are sockets of one machine"),
        new("Migration.Postcopy.MeasuresBlockTime", PartFate.Given, "by QMP"),
        new("Migration.Postcopy.Vcpus", PartFate.StoodFor, "the machine none has no processor: the source of the recording is asked for pages by one at most"),
        new("Migration.Postcopy.Recovers", PartFate.StoodFor, "not where the source leaves the format: what a recovery brings depends on what was received"),
        new("Link", PartFate.LeftOut, "a socket of one machine; where a connection stands still, everything is read first"),
        new("Host", PartFate.LeftOut, "the program has its own channels, memory and clock"),
        new("Monitor", PartFate.StoodFor, "one client that asks when something stands still or has come, and at the end"),
        new("Monitor.FirstAddressIsTaken", PartFate.Given, "the first migrate-incoming names a folder that is not there"),
        new("Monitor.IsAwkward", PartFate.Given, "where main stands still: stop and cont, and a second migrate-incoming, which must be refused"),
        new("Monitor.ExitsOnError", PartFate.LeftOut, "who exits cannot be asked why"),
        new("Monitor.Quits", PartFate.LeftOut, "who has quit cannot be judged"),
        new("Faults", PartFate.Given, "bytes that are wrong or missing; for delays, stalls and holds a connection stands still"),
        new("Faults.AtNanoseconds", PartFate.StoodFor, "at the same share of the connection's bytes"),
        new("Faults.Direction", PartFate.LeftOut, "of the way back nothing is lost: bytes that are recorded do not depend on it"),
        new("Strangers", PartFate.Given, "before the source, or when its connections are there and main stands still"),
        new("Deviations", PartFate.Given, "in the bytes"),
        new("FaultsEndNanoseconds", PartFate.StoodFor, "only the source's guest sees it"),
        new("PoisonByte", PartFate.Given, "in the file"),
        new("Strategy", PartFate.LeftOut, "the kernel decides who runs"),
    ];
}
