namespace Qemu.Migration.Wire;

/// <summary>The shape of a decoder that needs nothing but the bytes.</summary>
/// <typeparam name="T">The structure.</typeparam>
/// <param name="source">Bytes from the structure on; more may follow.</param>
/// <param name="value">The structure; part of <paramref name="source"/> where it has names.</param>
/// <param name="consumed">Its bytes; 0 unless done.</param>
/// <returns>Done, how many bytes are needed, or invalid.</returns>
public delegate DecodeStatus Decoder<T>(ReadOnlySpan<byte> source, out T value, out int consumed)
    where T : allows ref struct;
