using Simulation.Oracle;

namespace Simulation.Conformance;

/// <summary>Asks the oracle about a case.</summary>
internal static class OracleTrial
{
    /// <summary>Asks.</summary>
    /// <param name="played">The case.</param>
    /// <returns>What must come of it; its RAM is its own.</returns>
    public static OracleVerdict Ask(RefereeCase played) => new OracleReader().Read(new OracleInput
    {
        Machine = played.Machine,
        Capabilities = played.Capabilities,
        MultifdChannels = played.MultifdChannels,
        MultifdCompression = played.Compression,
        Main = played.MainOf(0) is { } main ? new OracleConnection(main.Bytes) : new OracleConnection(default, Ended: false),

        // A connection that is neither main nor a channel is a stranger's, and a right destination goes on waiting (L5).
        Channels = played.HasChannels
            ? [.. played.Connections.Where(connection => connection.IsMultifd).Select(connection => new OracleConnection(connection.Bytes))]
            : [],
        Preempt = PreemptOf(played, 0),
        Recoveries = [.. played.Connections.Where(connection => connection.Leg > 0 && !connection.IsUrgent)
            .Select(recovery => new OracleRecovery(new(recovery.Bytes), PreemptOf(played, recovery.Leg)))],
        PoisonByte = played.Poison,
        InitialRam = new Dictionary<string, ReadOnlyMemory<byte>> { [played.Block.Name] = played.InitialRam },
    });

    private static OracleConnection? PreemptOf(RefereeCase played, int leg) =>
        played.Connections.FirstOrDefault(connection => connection.IsUrgent && connection.Leg == leg) is { } urgent ? new(urgent.Bytes) : null;
}
