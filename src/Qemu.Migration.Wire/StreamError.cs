using System.Globalization;

namespace Qemu.Migration.Wire;

/// <summary>
/// The peer's bytes are wrong: what, and where. Built once per failed migration; the sentence is put together only when asked for,
/// so that a fuzzer's rejected input costs no formatting.
/// </summary>
public sealed class StreamError
{
    private readonly FormattableString _cause;

    /// <summary>Makes an error.</summary>
    /// <param name="code">The kind.</param>
    /// <param name="offsetBytes">Absolute offset on its channel of the structure at fault, in bytes from 0.</param>
    /// <param name="cause">One clause without a full stop that names the cause and the values.</param>
    public StreamError(StreamErrorCode code, long offsetBytes, FormattableString cause)
    {
        Code = code;
        OffsetBytes = offsetBytes;
        _cause = cause;
    }

    /// <summary>The kind.</summary>
    public StreamErrorCode Code { get; }

    /// <summary>Absolute offset on its channel of the structure at fault, in bytes from 0.</summary>
    public long OffsetBytes { get; }

    /// <summary>The section the bytes belong to (its idstr), or null outside sections.</summary>
    public string? Section { get; init; }

    /// <summary>The RAM block the bytes belong to, or null.</summary>
    public string? Block { get; init; }

    /// <summary>The channel: "main", or "multifd N".</summary>
    public string Channel { get; init; } = "main";

    /// <summary>What the reader of the error can do about it, one clause; null where nothing is known.</summary>
    public string? Advice { get; init; }

    /// <summary>The cause alone, fit for a terminal whatever names the peer chose.</summary>
    public string Cause => PeerText.Escape(_cause.ToString(CultureInfo.InvariantCulture));

    /// <summary>One sentence: cause, section, block, channel, offset and advice; fit for a terminal whatever names the peer chose.</summary>
    public string Message
    {
        get
        {
            string where = Section is null ? "" : $" in section '{PeerText.Escape(Section)}'";
            if (Block is not null)
                where += $", block '{PeerText.Escape(Block)}'";
            if (Channel != "main")
                where += $", channel {Channel}";
            string advice = Advice is null ? "" : $"; {Advice}";
            return string.Create(CultureInfo.InvariantCulture, $"{Cause}{where}, at offset {OffsetBytes} (0x{OffsetBytes:x}){advice}");
        }
    }

    /// <summary>The same error with its block named.</summary>
    /// <param name="block">The block.</param>
    /// <returns>A new error.</returns>
    public StreamError WithBlock(string block) =>
        new(Code, OffsetBytes, _cause) { Section = Section, Block = block, Channel = Channel, Advice = Advice };

    /// <summary>The same error on another channel.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="block">The block, or null.</param>
    /// <returns>A new error.</returns>
    public StreamError WithChannel(string channel, string? block) =>
        new(Code, OffsetBytes, _cause) { Section = Section, Block = block, Channel = channel, Advice = Advice };

    /// <inheritdoc/>
    public override string ToString() => $"{Code}: {Message}";
}
