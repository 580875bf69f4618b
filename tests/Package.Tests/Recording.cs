using ZstdSharp;

namespace Package.Tests;

/// <summary>The recorded streams of the corpus.</summary>
internal static class Recording
{
    /// <summary>Writes the stream of a recording, as the source sent it.</summary>
    public static async Task UnpackAsync(string name, string file)
    {
        using DecompressionStream source = new(File.OpenRead(Path.Combine(PackedFeed.Repository, "corpus/qemu/10.0.2", name, "stream.bin.zst")));
        await using FileStream target = File.Create(file);
        await source.CopyToAsync(target);
    }
}
