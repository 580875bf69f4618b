using Qemu.Migration.Wire;

namespace Qemu.Migration.Destination.Loading;

/// <summary>Errors that every reader of this folder can meet.</summary>
internal static class Errors
{
    /// <summary>What to do where a machine profile does not fit a section of device state.</summary>
    public const string DescribeMore =
        "a profile of several streams knows what is not in each of them: incoming describe A B > profile.json";

    /// <summary>The channel ended, or failed, inside something.</summary>
    public static StreamError Truncated(QemuFileReader reader, FormattableString what, string? section = null)
    {
        long end = reader.OffsetBytes + reader.Window.Length;
        return reader.Failure is { } failure
            ? new(StreamErrorCode.ChannelFailed, end, $"the channel failed inside {what}: {failure}") { Section = section }
            : new(StreamErrorCode.Truncated, end, $"the stream ended inside {what}") { Section = section };
    }
}
