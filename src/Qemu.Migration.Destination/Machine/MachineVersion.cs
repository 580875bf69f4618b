namespace Qemu.Migration.Destination.Machine;

/// <summary>The version in a machine type's name: <c>pc-i440fx-10.0</c>, <c>pc-q35-11.1</c>, <c>virt-9.2</c>. It decides the compat
/// properties that both ends of a migration must share (stream reference, section 7.5).</summary>
internal static class MachineVersion
{
    /// <summary>Reads the version.</summary>
    /// <param name="machineName">The machine type's name, as CONFIGURATION carries it.</param>
    /// <returns>Major and minor version; null for a machine without a version, such as <c>none</c> or <c>microvm</c>.</returns>
    public static Version? Of(string machineName) =>
        Version.TryParse(machineName.AsSpan(machineName.LastIndexOf('-') + 1), out Version? version) ? version : null;
}
