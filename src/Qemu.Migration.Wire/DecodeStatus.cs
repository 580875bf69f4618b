namespace Qemu.Migration.Wire;

/// <summary>What a span function did with the bytes it was given. A function that did not finish has consumed nothing.</summary>
public enum DecodeStatus
{
    /// <summary>The value was read and its bytes are consumed.</summary>
    Done,

    /// <summary>The bytes end inside the value.</summary>
    NeedMoreData,

    /// <summary>The bytes can never be that value, whatever follows.</summary>
    InvalidData,
}
