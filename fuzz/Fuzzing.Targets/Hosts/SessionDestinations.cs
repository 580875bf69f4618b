using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;

namespace Fuzzing.Targets.Hosts;

/// <summary>The destinations that multifd scripts ask for by their first byte.</summary>
internal sealed class SessionDestinations
{
    /// <summary>Destinations that are different.</summary>
    public const int Count = 64;

    private const int SettingsMask = 31;

    // All at once: what is made in a run counts as covered by its input.
    private readonly FuzzDestination[] _made = [.. Enumerable.Range(0, Count).Select(number => Make(OptionsOf(number)))];

    /// <summary>How many multifd channels an options byte asks for.</summary>
    public static int ChannelsOf(byte options) => (options & 3) + 1;

    /// <summary>The compression it asks for.</summary>
    public static string CompressionOf(byte options) => (options >> 2 & 3) switch { 1 => "zlib", 2 => "zstd", _ => "none" };

    /// <summary>Whether main and channels meet after each section.</summary>
    public static bool FlushesAfterEachSection(byte options) => (options & 16) != 0;

    /// <summary>How its channels hand out their bytes.</summary>
    public static SessionDelivery DeliveryOf(byte options) => (SessionDelivery)(options >> 5 & 3);

    /// <summary>Whether its memory is written through.</summary>
    public static bool IsWrittenThrough(byte options) => (options & 128) != 0;

    /// <summary>The number of the destination that an options byte asks for: channels are no part of it.</summary>
    public static int NumberOf(byte options) => (options & SettingsMask) + (IsWrittenThrough(options) ? Count / 2 : 0);

    /// <summary>The least options byte that asks for a destination.</summary>
    public static byte OptionsOf(int number) => (byte)(number < Count / 2 ? number : number - (Count / 2) + 128);

    /// <summary>The destination for an options byte.</summary>
    public FuzzDestination For(byte options) => _made[NumberOf(options)];

    /// <summary>The machine that an options byte asks for.</summary>
    public static MachineProfile ProfileOf(byte options) =>
        Machines.None with { MultifdFlushAfterEachSection = FlushesAfterEachSection(options) };

    /// <summary>Makes the destination that an options byte asks for.</summary>
    public static FuzzDestination Make(byte options)
    {
        MigrationParameters parameters = new();
        parameters.TrySet("multifd-channels", $"{ChannelsOf(options)}");
        parameters.TrySet("multifd-compression", CompressionOf(options));
        return new(ProfileOf(options), Machines.With("multifd"), parameters, IsWrittenThrough(options));
    }
}
