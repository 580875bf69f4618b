namespace Fuzzing.Engine.Mutation;

/// <summary>An input being changed: bytes in a room of fixed size. What would not fit is cut at the end.</summary>
/// <param name="capacity">The room in bytes.</param>
public sealed class MutationBuffer(int capacity)
{
    private readonly byte[] _bytes = new byte[capacity];

    /// <summary>Bytes in use.</summary>
    public int Length { get; private set; }

    /// <summary>The room in bytes.</summary>
    public int Capacity => _bytes.Length;

    /// <summary>The bytes in use.</summary>
    public Span<byte> Span => _bytes.AsSpan(0, Length);

    /// <summary>Starts with an input.</summary>
    /// <param name="input">The input.</param>
    public void Set(ReadOnlySpan<byte> input)
    {
        Length = Math.Min(input.Length, _bytes.Length);
        input[..Length].CopyTo(_bytes);
    }

    /// <summary>Puts bytes between others.</summary>
    /// <param name="at">Where, 0 to <see cref="Length"/>.</param>
    /// <param name="bytes">What; not a part of this buffer.</param>
    /// <returns>How many found room.</returns>
    public int Insert(int at, ReadOnlySpan<byte> bytes)
    {
        int count = Math.Min(bytes.Length, _bytes.Length - at);
        int moved = Math.Min(Length - at, _bytes.Length - at - count);
        _bytes.AsSpan(at, moved).CopyTo(_bytes.AsSpan(at + count));
        bytes[..count].CopyTo(_bytes.AsSpan(at));
        Length = at + count + moved;
        return count;
    }

    /// <summary>Takes bytes out.</summary>
    /// <param name="at">The first.</param>
    /// <param name="count">How many, all in use.</param>
    public void Remove(int at, int count)
    {
        _bytes.AsSpan(at + count, Length - at - count).CopyTo(_bytes.AsSpan(at));
        Length -= count;
    }

    /// <summary>Cuts the end off.</summary>
    /// <param name="length">What stays, at most <see cref="Length"/>.</param>
    public void Truncate(int length) => Length = Math.Min(length, Length);
}
