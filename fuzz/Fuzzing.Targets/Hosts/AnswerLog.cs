namespace Fuzzing.Targets.Hosts;

/// <summary>What a destination sent back on a channel.</summary>
internal sealed class AnswerLog
{
    private readonly byte[] _bytes = new byte[64 * 1024];

    /// <summary>Bytes sent, counted even where there was no room to keep them.</summary>
    public int Count { get; private set; }

    /// <summary>Whether all of them were kept.</summary>
    public bool IsWhole => Count <= _bytes.Length;

    /// <summary>What was sent, its beginning where it was long.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Math.Min(Count, _bytes.Length));

    public void Reset() => Count = 0;

    public void Add(ReadOnlySpan<byte> bytes)
    {
        if (Count + bytes.Length <= _bytes.Length)
            bytes.CopyTo(_bytes.AsSpan(Count));
        Count += bytes.Length;
    }
}
