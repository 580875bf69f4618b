using Simulation.Oracle;

namespace Simulation.Conformance;

/// <summary>Asks the oracle about a case.</summary>
internal static class OracleTrial
{
    /// <summary>Asks.</summary>
    /// <param name="played">The case.</param>
    /// <returns>What must come of it; its RAM is its own.</returns>
    public static OracleVerdict Ask(RefereeCase played)
    {
        RefereeConnection? main = played.HasChannels
            ? played.Connections.FirstOrDefault(connection => connection.IsMain) : played.Connections[0];
        return new OracleReader().Read(new OracleInput
        {
            Machine = played.Machine,
            Capabilities = played.Capabilities,
            MultifdChannels = played.MultifdChannels,
            MultifdCompression = played.Compression,
            Main = main is null ? new OracleConnection(default, Ended: false) : new OracleConnection(main.Bytes),

            // A connection that is neither main nor a channel is a stranger's, and a right destination goes on waiting (L5).
            Channels = played.HasChannels
                ? [.. played.Connections.Where(connection => connection.IsMultifd).Select(connection => new OracleConnection(connection.Bytes))]
                : [],
            PoisonByte = played.Poison,
            InitialRam = new Dictionary<string, ReadOnlyMemory<byte>> { [played.Block.Name] = played.InitialRam },
        });
    }
}
