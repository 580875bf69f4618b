namespace Qemu.Migration.Destination.Qapi;

/// <summary>What a token is.</summary>
internal enum QmpTokenKind : byte
{
    /// <summary><c>{</c>.</summary>
    BeginObject,

    /// <summary><c>}</c>.</summary>
    EndObject,

    /// <summary><c>[</c>.</summary>
    BeginArray,

    /// <summary><c>]</c>.</summary>
    EndArray,

    /// <summary><c>,</c>.</summary>
    Comma,

    /// <summary><c>:</c>.</summary>
    Colon,

    /// <summary>A string with its quotes; its escapes and its UTF-8 are not checked.</summary>
    Text,

    /// <summary>A number as JSON writes it.</summary>
    Number,

    /// <summary>A word of small letters.</summary>
    Keyword,
}

/// <summary>One token of a message.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Start">Where it begins in the message's text.</param>
/// <param name="Length">How many bytes it has.</param>
internal readonly record struct QmpToken(QmpTokenKind Kind, int Start, int Length);

/// <summary>One message of a monitor, or why there is none.</summary>
internal readonly struct QmpMessage
{
    private readonly byte[] _text;

    /// <summary>Makes a message.</summary>
    /// <param name="text">The text of its tokens, one behind the other.</param>
    /// <param name="tokens">The tokens, at least one.</param>
    public QmpMessage(byte[] text, IReadOnlyList<QmpToken> tokens)
    {
        _text = text;
        Tokens = tokens;
    }

    /// <summary>Makes an error.</summary>
    /// <param name="error">QEMU's text.</param>
    public QmpMessage(string error)
    {
        _text = [];
        Tokens = [];
        Error = error;
    }

    /// <summary>Why there is no message, or null.</summary>
    public string? Error { get; }

    /// <summary>The tokens.</summary>
    public IReadOnlyList<QmpToken> Tokens { get; }

    /// <summary>A token's text.</summary>
    /// <param name="token">The token.</param>
    /// <returns>Its bytes.</returns>
    public ReadOnlySpan<byte> TextOf(QmpToken token) => _text.AsSpan(token.Start, token.Length);
}
