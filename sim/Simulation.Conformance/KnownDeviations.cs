using System.Buffers.Binary;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Wire;
using Simulation.Oracle;
using Kind = Simulation.Oracle.OracleFaultKind;

namespace Simulation.Conformance;

/// <summary>
/// By what a disagreement is known to be a deviation of the list (<see cref="Deviations"/>): by how the three ended and by what is in
/// the bytes, each sign as narrow as it can be.
/// </summary>
internal static class KnownDeviations
{
    private const int PageBytes = 4096;
    private const int FirstPacketBytes = 64;
    private const int PacketHeadBytes = 36;

    private static readonly (string Id, Func<Hearing, bool> Fits)[] Signs =
    [
        ("CLAIM", hearing => Dies(hearing) && hearing.Oracle.Fault is { Kind: Kind.MachineNameTooLong or Kind.UnknownCapability }),
        ("#45", hearing => Dies(hearing) && HasFault(hearing, Kind.MultifdChannelId)),

        // What lies behind the one channel that it has place for, and is overwritten, need not be its death.
        ("#45", hearing => hearing is { Qemu: { Kind: EndKind.Waiting, Detail: "setup" }, Case.MultifdChannels: 1 } && IsRefused(hearing)
            && HasFault(hearing, Kind.MultifdChannelId)),
        ("#46", hearing => Dies(hearing) && HasFault(hearing, Kind.MultifdPayloadUnexpected, Kind.MultifdPayloadTooLarge)),
        ("#47", hearing => hearing.Qemu.Kind != EndKind.Failed && IsRefused(hearing) && HasFault(hearing, Kind.MappedRamPageSize)),

        // QEMU reads the header behind a block of another length before it fails for the length.
        ("#47", hearing => Dies(hearing) && hearing.Case.Capabilities.Contains("mapped-ram") && HasFault(hearing, Kind.MemSizeLengthMismatch)),
        ("#48", IsIgnoredBlockInFile),
        ("LOOP", hearing => hearing.Qemu.Kind == EndKind.Hung && IsRefused(hearing) && HasFault(hearing, Kind.MappedRamBackwards)),

        // In one run of ten to one of two, and also where nothing else is wrong with the session.
        ("EARLY", hearing => hearing.Qemu.Kind == EndKind.Crashed && hearing.Allows(hearing.Ours.Kind)
            && hearing.Case.HasChannels && hearing.Case.Connections.Any(BringsPagesEarly)),
        ("#35", hearing => Dies(hearing) && hearing.Oracle.Faults.Any(fault => fault is { Connection: > 0, RecordOffset: 0 })),
        ("L23", hearing => hearing.Qemu is { Kind: EndKind.Crashed } qemu && qemu.Detail.Contains("!mis->from_src_file", StringComparison.Ordinal)
            && hearing.Case.HasChannels && hearing.Case.Connections.Count(connection => connection.IsMain) > 1),
        ("L26", hearing => Dies(hearing) && HasFault(hearing, Kind.UnknownRunState)),
        ("L15", IsFileReadersError),
        ("L13", hearing => WentOn(hearing.Qemu) && IsRefused(hearing) && HasFault(hearing, Kind.MachineNameMismatch)),
        ("L16", hearing => hearing.Qemu.Kind == EndKind.Completed && IsRefused(hearing) && HasFault(hearing, Kind.MultifdOffsetUnaligned)),
        ("SURPLUS", hearing => hearing.Qemu.Kind == EndKind.Completed && IsRefused(hearing)
            && hearing.Case.Compression == OracleCompression.Zlib && HasFault(hearing, Kind.MultifdDecompress)),
        ("L14", hearing => hearing.Qemu.Kind == EndKind.Hung && IsRefused(hearing) && HasFault(hearing, Kind.MultifdFlushMismatch)
            && hearing.Case.Profile.MultifdFlushAfterEachSection),
        ("UNSYNCED", hearing => IsRefused(hearing) && HasFault(hearing, Kind.MultifdFlushMismatch)
            && !hearing.Case.Profile.MultifdFlushAfterEachSection),
        ("L1", hearing => hearing.Qemu.Kind == EndKind.Hung && hearing.Case.HasChannels && IsRefused(hearing)),
        ("L3", hearing => hearing is { Qemu: { Kind: EndKind.Failed, Shut: 0 }, Ours: { Kind: EndKind.Failed, Shut: 1 }, Case.HasChannels: true }),
        ("L5", IsStranger),

        // QEMU 11 fails for a recovery that is lost before its first byte too.
        ("L5", hearing => hearing.Qemu.Kind == EndKind.Failed && hearing.Ours.Kind != EndKind.Failed && hearing.Allows(hearing.Ours.Kind)
            && hearing.Case.Connections.Any(connection => connection is { Leg: > 0, IsUrgent: false, Bytes.IsEmpty: true })),
        ("L6", hearing => hearing.Qemu.Kind == EndKind.Hung && hearing.Case.Connections.Any(connection => connection.Bytes.Length is 1 or 2 or 3
            && (connection.Leg > 0 || IsRefused(hearing)))),
        ("L7", IsStalePage),
        ("VMDESC", IsDescriptionCut),
        ("ACK", IsUnaskedAck),
        ("C7", IsTornPing),
        .. PostcopySigns.All,
        ("BITMAP", hearing => IsRefused(hearing) && HasFault(hearing, Kind.DirtyBitmapUnsupported)),
    ];

    /// <summary>The deviation that explains a disagreement.</summary>
    /// <param name="hearing">What the three made of the case.</param>
    /// <returns>Its id, or null.</returns>
    public static string? IdFor(Hearing hearing)
    {
        foreach ((string id, Func<Hearing, bool> fits) in Signs)
        {
            if (fits(hearing))
                return id;
        }

        return null;
    }

    internal static bool IsRefused(Hearing hearing) => hearing.Ours.Kind == EndKind.Failed && hearing.OracleKind == EndKind.Failed;

    // To the end, or to a fault behind the command that opens the return path.
    private static bool WentOn(TrialEnd end) => end is { Kind: EndKind.Completed } or { Kind: EndKind.Failed, Shut: 1 };

    internal static bool Dies(Hearing hearing) => hearing.Qemu.Kind == EndKind.Crashed && IsRefused(hearing);

    internal static bool HasFault(Hearing hearing, params ReadOnlySpan<Kind> kinds)
    {
        foreach (OracleFault fault in hearing.Oracle.Faults)
        {
            if (kinds.Contains(fault.Kind))
                return true;
        }

        return false;
    }

    // What it does not read it takes for the header: nothing behind it is told by what comes of it. Where the version is 0 the page
    // size becomes 0 that way, and QEMU dies of it (#47).
    private static bool IsIgnoredBlockInFile(Hearing hearing) => hearing.Qemu.Kind is EndKind.Failed or EndKind.Crashed
        && hearing.Case.Capabilities.Contains("mapped-ram") && hearing.Case.Capabilities.Contains("x-ignore-shared");

    // The packet behind a channel's initial one has pages. Whether it has SYNC too makes no difference: QEMU stores the pages first.
    private static bool BringsPagesEarly(RefereeConnection connection)
    {
        ReadOnlySpan<byte> bytes = connection.Bytes.Span;
        if (!connection.IsMultifd || bytes.Length < FirstPacketBytes + PacketHeadBytes)
            return false;
        ReadOnlySpan<byte> packet = bytes[FirstPacketBytes..];
        return BinaryPrimitives.ReadUInt32BigEndian(packet[16..]) > 0 || BinaryPrimitives.ReadUInt32BigEndian(packet[32..]) > 0;
    }

    private static bool IsFileReadersError(Hearing hearing) => hearing.Qemu.Kind is EndKind.Crashed or EndKind.Hung && IsRefused(hearing)
        && hearing.Case is { IsFile: true } && hearing.Case.Capabilities.Contains("multifd");

    // QEMU fails for a connection that is nobody's; a right destination goes on waiting.
    private static bool IsStranger(Hearing hearing) => hearing is { Ours.Kind: EndKind.Waiting, OracleKind: EndKind.Waiting } && (hearing.Case.HasChannels || hearing.Case.MeetsAnybody)
        && hearing.Case.Connections.Any(connection => connection is { Leg: 0, IsUrgent: false, IsMain: false, IsMultifd: false });

    private static bool IsStalePage(Hearing hearing)
    {
        if (hearing is not { Qemu.Kind: EndKind.Completed, Ours.Kind: EndKind.Completed, OracleKind: EndKind.Completed })
            return false;
        byte[] before = new byte[hearing.Case.Block.LengthBytes];
        hearing.Case.FillRam(before);
        IReadOnlyList<int> pages = hearing.PagesUnlikeOracle(hearing.Qemu);
        return pages.Count > 0 && hearing.PagesUnlikeOracle(hearing.Ours).Count == 0 && pages.All(page =>
            hearing.Qemu.Ram.Span.Slice(page * PageBytes, PageBytes).SequenceEqual(before.AsSpan(page * PageBytes, PageBytes))
            && hearing.Ours.Ram.Span.Slice(page * PageBytes, PageBytes).IndexOfAnyExcept((byte)0) < 0);
    }

    // Only the one that QEMU sends at once.
    private static bool IsUnaskedAck(Hearing hearing) => hearing.Case.Capabilities.Contains("switchover-ack")
        && IsAlikeBut(hearing, $" {ReturnPathMessageType.SwitchoverAck} ");

    // Of a PING that is cut off QEMU reads the value as 0.
    private static bool IsTornPing(Hearing hearing) => hearing.Case.Connections.Any(connection => connection.Leg > 0)
        && hearing.Qemu.Answers.Count > hearing.Ours.Answers.Count && IsAlikeBut(hearing, $" {ReturnPathMessageType.Pong} 0");

    // All but answers with a text in them.
    private static bool IsAlikeBut(Hearing hearing, string text)
    {
        (TrialEnd ours, TrialEnd qemu) = (hearing.Ours, hearing.Qemu);
        return ours.HasRam && ours.Kind == qemu.Kind && ours.RunState == qemu.RunState
            && hearing.PagesUnlikeQemu.Count == 0 && hearing.PagesUnlikeOracle(ours).Count == 0
            && !ours.Answers.SequenceEqual(qemu.Answers) && Others(ours).SequenceEqual(Others(qemu));

        IEnumerable<string> Others(TrialEnd end) => end.Answers.Where(answer => !answer.Contains(text, StringComparison.Ordinal));
    }

    private static bool IsDescriptionCut(Hearing hearing)
    {
        if (hearing is not { Qemu: { Kind: EndKind.Completed, Shut: 1 }, Ours: { Kind: EndKind.Completed, Shut: 0 } })
            return false;
        ReadOnlySpan<byte> main = hearing.Case.Connections.First(connection => connection.IsMain).Bytes.Span;
        return VmDescription.FindAtEnd(main).Equals(default);
    }
}
