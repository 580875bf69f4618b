using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Incoming.Channels;
using Qemu.Migration.Incoming.Transports;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace Qemu.Migration.Incoming.Streams;

/// <summary>A stream to be looked at: a file, a compressed file, a pipe, or a recorded folder.</summary>
/// <param name="Connections">The connections in the order in which the source made them; the first is the main one.</param>
/// <param name="Description">What the stream says of its machine.</param>
internal sealed record StreamInput(IReadOnlyList<MigrationChannel> Connections, StreamDescription Description)
{
    /// <summary>The order of its bytes over all connections, where that matters; null where it does not.</summary>
    public RecordedLog? Log { get; init; }

    private const string Compressed = ".zst";

    /// <summary>Opens a stream.</summary>
    /// <param name="path">A file, or a folder with a <c>meta.json</c>.</param>
    /// <returns>The stream.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="FormatException">It is a folder and no recording.</exception>
    public static StreamInput Open(string path)
    {
        if (Directory.Exists(path))
            return RecordedFolder.Open(path);
        if (path.EndsWith(Compressed, StringComparison.Ordinal))
        {
            MemoryChannel stream = new("file:" + path, Decompress(path), canWrite: false);
            return new([stream], StreamDescriber.Describe(stream));
        }
        MigrationChannel channel = FileOpener.Open(new FileAddress(path, 0));
        StreamDescription description = channel is StoredChannel stored
            ? StreamDescriber.Describe(stored)
            : new(MachineProfile.None(), new(), new(), "it cannot be looked at before it is loaded");
        return new([channel], description);
    }

    /// <summary>Reads a compressed file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Its content.</returns>
    /// <exception cref="IOException">It cannot be read, is damaged, or holds more than 2 GiB.</exception>
    public static ReadOnlyMemory<byte> Decompress(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            using DecompressionStream content = new(file);
            content.SetParameter(ZSTD_dParameter.ZSTD_d_windowLogMax, 27);
            MemoryStream bytes = new();
            content.CopyTo(bytes);
            return bytes.GetBuffer().AsMemory(0, (int)bytes.Length);
        }
        catch (Exception error) when (error is ZstdException or EndOfStreamException or UnauthorizedAccessException)
        {
            throw new IOException($"'{path}': {error.Message}", error);
        }
    }
}
