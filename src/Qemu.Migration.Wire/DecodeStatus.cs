namespace Qemu.Migration.Wire;

/// <summary>
/// What a decoder did with the bytes it was given: it has read the value (<see cref="Done"/>), it needs more bytes
/// (<see cref="NeedMoreData"/>), or the bytes can never be that value (<see cref="InvalidData"/>). A decoder that is not done has
/// consumed nothing.
/// </summary>
/// <remarks>
/// A caller reads until its window holds <see cref="NeededBytes"/> and decodes again from the same place. The number may grow from
/// call to call, because the length of a structure can stand inside it; it never exceeds what the structure takes.
/// </remarks>
public readonly record struct DecodeStatus
{
    private readonly int _code;

    private DecodeStatus(int code) => _code = code;

    /// <summary>The value was read and its bytes are consumed.</summary>
    public static DecodeStatus Done => default;

    /// <summary>The bytes can never be that value, whatever follows. The value holds what was read before that was known.</summary>
    public static DecodeStatus InvalidData => new(-1);

    /// <summary>The bytes a caller must have before it decodes again, counted from the start of the structure; 0 unless more are
    /// needed.</summary>
    public int NeededBytes => Math.Max(_code, 0);

    /// <summary>Whether the value was read.</summary>
    public bool IsDone => _code == 0;

    /// <summary>Whether the bytes end inside the value.</summary>
    public bool NeedsMoreData => _code > 0;

    /// <summary>The bytes end inside the value.</summary>
    /// <param name="bytes">Bytes needed from the start of the structure, more than there were.</param>
    /// <returns>The status.</returns>
    public static DecodeStatus NeedMoreData(int bytes) => new(bytes);

    /// <inheritdoc/>
    public override string ToString() => _code == 0 ? "done" : _code < 0 ? "invalid data" : $"{_code} bytes needed";
}
