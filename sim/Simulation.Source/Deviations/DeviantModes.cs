using Qemu.Migration.Wire;
using Simulation.Source.Savevm;

namespace Simulation.Source.Deviations;

/// <summary>The catalogue of deviations.</summary>
public static class DeviantModes
{
    private static readonly DeviantModeInfo[] Table = Build();
    private static readonly DeviantModeInfo[] PostcopyTable = [.. PostcopyDeviations.All];

    /// <summary>The modes that any migration may have, in the order of <see cref="DeviantMode"/>.</summary>
    public static IReadOnlyList<DeviantModeInfo> All => Table;

    /// <summary>The modes that only postcopy may have, in the order of <see cref="DeviantMode"/>; they come behind all others.</summary>
    public static IReadOnlyList<DeviantModeInfo> InPostcopy => PostcopyTable;

    /// <summary>What is known of a mode.</summary>
    /// <param name="mode">The mode.</param>
    /// <returns>Its entry.</returns>
    public static DeviantModeInfo Of(DeviantMode mode) =>
        (int)mode < Table.Length ? Table[(int)mode] : PostcopyTable[(int)mode - Table.Length];

    private static DeviantModeInfo[] Build()
    {
        DeviantModeInfo truncated = new(
            DeviantMode.Truncated, StructureKind.FileHeader, DeviantOutcome.Rejected, StreamErrorCode.Truncated, _ => { });
        DeviantModeInfo[] all = [truncated, .. FrameDeviations.All, .. RamDeviations.All, .. ChannelDeviations.All];
        Array.Sort(all, (a, b) => a.Mode.CompareTo(b.Mode));
        return all;
    }
}
