using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;

namespace Fuzzing.Targets;

/// <summary>The machines that inputs are loaded into: small, so that a run costs what its bytes cost.</summary>
internal static class Machines
{
    /// <summary>Bytes of RAM of <see cref="None"/>, as in the malformed corpus.</summary>
    public const long NoneRamBytes = 1 << 20;

    /// <summary>The block of <see cref="None"/> that does not migrate.</summary>
    public const string LocalBlock = "local";

    /// <summary><c>-M none -m 1M</c>, and a block that does not migrate.</summary>
    public static MachineProfile None { get; } = MachineProfile.None(
        new RamBlockDescription { Name = "ram", LengthBytes = NoneRamBytes, Shared = true },
        new RamBlockDescription { Name = LocalBlock, LengthBytes = 8192, Migratable = false });

    /// <summary><c>-M none</c> with 8 KiB, for files that hold all of it.</summary>
    public static MachineProfile Tiny { get; } =
        MachineProfile.None(new RamBlockDescription { Name = "ram", LengthBytes = 8192, Shared = true });

    /// <summary>A pc with a hand of its devices and blocks, one of them resizable; layouts as in a real stream of QEMU 10.0.2.</summary>
    public static MachineProfile SmallPc { get; } = ReadResource("small-pc.json");

    /// <summary>Capabilities that are on.</summary>
    public static MigrationCapabilities With(params ReadOnlySpan<string> names)
    {
        MigrationCapabilities capabilities = new();
        foreach (string name in names)
            capabilities.Set(name, true);
        return capabilities;
    }

    private static MachineProfile ReadResource(string name)
    {
        using Stream stream = typeof(Machines).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"there is no resource '{name}'");
        byte[] json = new byte[stream.Length];
        stream.ReadExactly(json);
        return MachineProfile.Parse(json);
    }
}
