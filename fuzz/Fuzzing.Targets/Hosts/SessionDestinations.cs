using Qemu.Migration.Destination;

namespace Fuzzing.Targets.Hosts;

/// <summary>The destinations that multifd scripts ask for by their first byte, made when they are needed.</summary>
internal sealed class SessionDestinations
{
    private readonly FuzzDestination?[] _made = new FuzzDestination?[32];

    /// <summary>How many multifd channels an options byte asks for.</summary>
    public static int ChannelsOf(byte options) => (options & 3) + 1;

    /// <summary>The compression it asks for.</summary>
    public static string CompressionOf(byte options) => (options >> 2 & 3) switch { 1 => "zlib", 2 => "zstd", _ => "none" };

    /// <summary>Whether main and channels meet after each section.</summary>
    public static bool FlushesAfterEachSection(byte options) => (options & 16) != 0;

    /// <summary>The destination for an options byte.</summary>
    public FuzzDestination For(byte options)
    {
        ref FuzzDestination? made = ref _made[options & 31];
        return made ??= Make(options);
    }

    private static FuzzDestination Make(byte options)
    {
        MigrationParameters parameters = new();
        parameters.TrySet("multifd-channels", $"{ChannelsOf(options)}");
        parameters.TrySet("multifd-compression", CompressionOf(options));
        return new(
            Machines.None with { MultifdFlushAfterEachSection = FlushesAfterEachSection(options) }, Machines.With("multifd"), parameters);
    }
}
