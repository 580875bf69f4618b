using System.Text.RegularExpressions;

namespace Architecture.Tests;

/// <summary>What the library shows: who adds a public type says here that a program which receives a migration needs it.</summary>
public partial class PublicSurfaceTests
{
    private static readonly string[] _expected =
    [
        "BlockTimeFigures", "DestinationEnvironment", "DeviceSection", "GuestCpu", "GuestMemory", "GuestMemoryRegion",
        "GuestPageWatch", "GuestProgram", "IncomingMigration", "MachineProfile", "MemoryPiece", "MigrationCapabilities",
        "MigrationChannel", "MigrationIncomingState", "MigrationListener", "MigrationParameters", "MigrationStatistics",
        "MigrationStatus", "MigrationStatusNames", "MigrationTrace", "NativeMemoryRegion", "QemuReleases", "RamBlock",
        "RamBlockDescription", "RunState", "RunStateNames", "SessionLimits", "VirtualMachine", "VmDescription",
        "VmStateDescription", "VmStateField",
    ];

    [Fact]
    public void Destination_shows_what_a_receiving_program_needs_and_no_more()
    {
        IEnumerable<string> declared = Repository.Files(".cs", "src/Qemu.Migration.Destination")
            .SelectMany(path => Declaration().Matches(Repository.Read(path)).Select(match => match.Groups["name"].Value));
        Assert.Equal(_expected, declared.Distinct().Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(
        @"^public (?:(?:static|sealed|abstract|readonly|ref|unsafe|partial) )*(?:class|struct|interface|enum|record(?: class| struct)?) (?<name>\w+)",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Declaration();
}
