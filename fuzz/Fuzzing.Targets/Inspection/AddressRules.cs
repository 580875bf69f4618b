using System.Globalization;
using Fuzzing.Engine;
using Qemu.Migration.Destination;
using Qemu.Migration.Incoming.Transports;

namespace Fuzzing.Targets.Inspection;

/// <summary>What holds of every address.</summary>
internal static class AddressRules
{
    private static readonly MigrationCapabilities[] Settings = [Machines.With(), Machines.With("multifd"), Machines.With("mapped-ram"), Machines.With("multifd", "mapped-ram")];

    /// <summary>Judges an address that was accepted.</summary>
    /// <param name="address">The address.</param>
    /// <exception cref="FindingException">It should have been refused, or is not read as it was written.</exception>
    public static void Judge(MigrationAddress address)
    {
        bool isInRange = address switch
        {
            TcpAddress tcp => tcp is { Port: >= 0 and <= 65535 } && (tcp.HighestPort ?? tcp.Port) >= tcp.Port && tcp.HighestPort is null or <= 65535
                && !(tcp.IPv4 == false && tcp.IPv6 == false),
            UnixAddress unix => unix.Path.Length > 0,
            FileAddress file => file.Path.Length > 0 && file.OffsetBytes >= 0,
            DescriptorAddress descriptor => descriptor.Number >= 0,
            NamedDescriptorAddress named => named.Name.Length > 0 && !char.IsAsciiDigit(named.Name[0]),
            ExecAddress exec => exec.Command.Length > 0,
            _ => false,
        };
        FindingException.Unless(isInRange, "an address is within its range", $"{address}");
        MigrationAddress again = MigrationAddress.Parse(Written(address));
        FindingException.Unless(again == address, "an address is read again as it was written", $"{address}, then {again}");
        foreach (MigrationCapabilities capabilities in Settings)
            FindingException.Unless(address.FindConflict(capabilities) is not "", "a conflict has a reason", $"{address}");
    }

    private static string Written(MigrationAddress address) => address switch
    {
        TcpAddress tcp => string.Create(CultureInfo.InvariantCulture, $"tcp:[{tcp.Host}]:{tcp.Port}{Option("to", tcp.HighestPort)}{Option("ipv4", OnOff(tcp.IPv4))}{Option("ipv6", OnOff(tcp.IPv6))}"),
        UnixAddress unix => $"unix:{unix.Path}",
        FileAddress file => string.Create(CultureInfo.InvariantCulture, $"file:{file.Path},offset={file.OffsetBytes}"),
        DescriptorAddress descriptor => string.Create(CultureInfo.InvariantCulture, $"fd:{descriptor.Number}"),
        NamedDescriptorAddress named => $"fd:{named.Name}",
        ExecAddress exec => $"exec:{exec.Command}",
        _ => "",
    };

    private static string Option(string name, object? value) => value is null ? "" : $",{name}={value}";

    private static string? OnOff(bool? flag) => flag switch { true => "on", false => "off", null => null };
}
