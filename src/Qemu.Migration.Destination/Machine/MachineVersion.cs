using System.Globalization;

namespace Qemu.Migration.Destination.Machine;

/// <summary>The version in a machine type's name: <c>pc-i440fx-10.0</c>, <c>pc-q35-11.1</c>, <c>virt-9.2</c>. It decides the compat
/// properties that both ends of a migration must share (stream reference, section 7.5).</summary>
public static class MachineVersion
{
    /// <summary>Reads the version.</summary>
    /// <param name="machineName">The machine type's name, as CONFIGURATION carries it.</param>
    /// <returns>Major and minor version; null for a machine without a version, such as <c>none</c> or <c>microvm</c>.</returns>
    public static (int Major, int Minor)? Of(string machineName)
    {
        ReadOnlySpan<char> version = machineName.AsSpan(machineName.LastIndexOf('-') + 1);
        int dot = version.IndexOf('.');
        return dot > 0 && TryRead(version[..dot], out int major) && TryRead(version[(dot + 1)..], out int minor)
            ? (major, minor)
            : null;
    }

    private static bool TryRead(ReadOnlySpan<char> digits, out int number) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
