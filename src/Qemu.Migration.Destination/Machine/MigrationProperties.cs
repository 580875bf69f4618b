namespace Qemu.Migration.Destination.Machine;

/// <summary>
/// The properties of QEMU's object <c>migration</c> that decide how a stream looks (stream reference, section 7.5). Both ends must have
/// the same, and nothing is negotiated: a machine type of an older version implies older values, and <c>-global</c> sets them.
/// </summary>
internal static class MigrationProperties
{
    /// <summary>What <c>-global</c> calls the object.</summary>
    public const string Driver = "migration";

    private delegate MachineProfile Setter(MachineProfile machine, bool on);

    // In the order of the reference. Some change only what a source sends, and a destination takes either.
    private static readonly (string Name, Setter Set)[] All =
    [
        ("send-configuration", (machine, on) => machine with { SendConfiguration = on }),
        ("send-section-footer", (machine, on) => machine with { SendSectionFooter = on }),
        ("store-global-state", (machine, _) => machine),
        ("send-switchover-start", (machine, _) => machine),
        ("multifd-flush-after-each-section", (machine, on) => machine with { MultifdFlushAfterEachSection = on }),
        ("x-preempt-pre-7-2", (machine, _) => machine),
        ("multifd-clean-tls-termination", (machine, on) => machine with { MultifdCleanTlsTermination = on }),
        ("switchover-ack-legacy", (machine, on) => machine with { SwitchoverAckLegacy = on }),
    ];

    /// <summary>Every property's name.</summary>
    private static IEnumerable<string> Names => All.Select(property => property.Name);

    /// <summary>Sets a property.</summary>
    /// <param name="machine">The machine, and then the machine with the property.</param>
    /// <param name="text">As QEMU's <c>-global</c> has it: <c>migration.NAME=VALUE</c>.</param>
    /// <returns>What is wrong, or null.</returns>
    public static string? TryApply(ref MachineProfile machine, string text)
    {
        string[] parts = text.Split('=', 2);
        string name = parts[0].StartsWith(Driver + ".", StringComparison.Ordinal) ? parts[0][(Driver.Length + 1)..] : "";
        int index = Array.FindIndex(All, property => property.Name == name);
        if (parts.Length < 2 || name.Length == 0)
            return $"{Driver}.NAME=on|off is wanted";
        if (index < 0)
            return $"there is no property '{name}'; one of {string.Join(", ", Names)}";
        if (OnOff.Parse(parts[1]) is not { } on)
            return $"'{parts[1]}' is neither on nor off";
        machine = All[index].Set(machine, on);
        return null;
    }
}
