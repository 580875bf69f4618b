using System.Globalization;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Incoming.Streams;

/// <summary>The payload of a command, for people (stream reference, sections 6.1 and 6.3).</summary>
internal static class CommandText
{
    private const int ShownBytes = 64;

    /// <summary>What a payload says.</summary>
    /// <param name="command">The command.</param>
    /// <param name="payload">The whole payload.</param>
    /// <returns>Its values; hexadecimal where it is not what the command has; "" where it is empty.</returns>
    public static string Of(CommandType command, ReadOnlySpan<byte> payload)
    {
        int consumed;
        switch (command)
        {
            case CommandType.Ping when IsWhole(CommandPayload.TryReadPing(payload, out uint value, out consumed), consumed, payload):
                return string.Create(CultureInfo.InvariantCulture, $"0x{value:x}");
            case CommandType.Packaged when IsWhole(CommandPayload.TryReadPackaged(payload, out uint length, out consumed), consumed, payload):
                return string.Create(CultureInfo.InvariantCulture, $"{length} bytes");
            case CommandType.PostcopyAdvise when IsWhole(PostcopyAdvice.TryRead(payload, out PostcopyAdvice advice, out consumed), consumed, payload):
                return string.Create(CultureInfo.InvariantCulture, $"page sizes 0x{advice.PageSizes:x}, target page {advice.TargetPageBytes} bytes");
            case CommandType.RecvBitmap
                when IsWhole(CommandPayload.TryReadRecvBitmap(payload, out ReadOnlySpan<byte> block, out consumed), consumed, payload):
                return CString.Text(block);
            case CommandType.PostcopyRamDiscard when RamDiscard.TryRead(payload, payload.Length, out RamDiscard discard, out _) == DecodeStatus.Done:
                return Ranges(discard);
            default:
                return Convert.ToHexStringLower(payload[..Math.Min(payload.Length, ShownBytes)]);
        }
    }

    private static bool IsWhole(DecodeStatus status, int consumed, ReadOnlySpan<byte> payload) =>
        status == DecodeStatus.Done && consumed == payload.Length;

    private static string Ranges(in RamDiscard discard)
    {
        string[] ranges = new string[discard.Count];
        for (int i = 0; i < ranges.Length; i++)
        {
            (ulong start, ulong length) = discard[i];
            ranges[i] = string.Create(CultureInfo.InvariantCulture, $"0x{start:x}+0x{length:x}");
        }
        return $"{CString.Text(discard.Block)} {string.Join(' ', ranges)}".TrimEnd();
    }
}
