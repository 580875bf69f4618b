using Qemu.Migration.Destination;

namespace Fuzzing.Targets.Hosts;

/// <summary>The destinations that multifd scripts ask for by their first byte.</summary>
internal sealed class SessionDestinations
{
    /// <summary>Options bytes with different meaning.</summary>
    public const int Count = 32;

    // All at once: what is made in a run counts as covered by its input.
    private readonly FuzzDestination[] _made = [.. Enumerable.Range(0, Count).Select(options => Make((byte)options))];

    /// <summary>How many multifd channels an options byte asks for.</summary>
    public static int ChannelsOf(byte options) => (options & 3) + 1;

    /// <summary>The compression it asks for.</summary>
    public static string CompressionOf(byte options) => (options >> 2 & 3) switch { 1 => "zlib", 2 => "zstd", _ => "none" };

    /// <summary>Whether main and channels meet after each section.</summary>
    public static bool FlushesAfterEachSection(byte options) => (options & 16) != 0;

    /// <summary>The destination for an options byte.</summary>
    public FuzzDestination For(byte options) => _made[options % Count];

    private static FuzzDestination Make(byte options)
    {
        MigrationParameters parameters = new();
        parameters.TrySet("multifd-channels", $"{ChannelsOf(options)}");
        parameters.TrySet("multifd-compression", CompressionOf(options));
        return new(
            Machines.None with { MultifdFlushAfterEachSection = FlushesAfterEachSection(options) }, Machines.With("multifd"), parameters);
    }
}
