using System.Buffers;
using System.Text;
using System.Text.Json;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Destination.Qapi;

/// <summary>
/// Makes strict JSON of a message in QEMU's dialect, or gives QEMU's error text. <see cref="QmpInput"/> has limited the nesting.
/// </summary>
internal sealed class QmpParser
{
    private readonly QmpMessage _message;
    private readonly Utf8JsonWriter _json;
    private int _next;
    private string? _error;

    private QmpParser(QmpMessage message, Utf8JsonWriter json)
    {
        _message = message;
        _json = json;
    }

    /// <summary>Parses a message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="value">Its value; undefined after an error.</param>
    /// <returns>QEMU's error text, or null.</returns>
    public static string? Parse(QmpMessage message, out JsonElement value)
    {
        value = default;
        ArrayBufferWriter<byte> json = new();
        using (Utf8JsonWriter writer = new(json, new() { MaxDepth = Limits.QmpNesting, SkipValidation = true }))
        {
            QmpParser parser = new(message, writer);
            if (!parser.TryReadValue())
                return "JSON parse error, " + parser._error;
        }
        value = JsonElement.Parse(json.WrittenSpan, new() { MaxDepth = Limits.QmpNesting });
        return null;
    }

    private bool TryReadValue()
    {
        QmpToken token = Take();
        switch (token.Kind)
        {
            case QmpTokenKind.BeginObject:
                return TryReadObject();
            case QmpTokenKind.BeginArray:
                return TryReadArray();
            case QmpTokenKind.Text:
                if (!TryDecode(token, out string text))
                    return false;
                _json.WriteStringValue(text);
                return true;
            case QmpTokenKind.Number:
                _json.WriteRawValue(_message.TextOf(token), skipInputValidation: true);
                return true;
            case QmpTokenKind.Keyword:
                return TryWriteKeyword(_message.TextOf(token));
            default:
                return Fail("expecting value");
        }
    }

    private bool TryReadObject()
    {
        SortedSet<string> names = new(StringComparer.Ordinal);
        _json.WriteStartObject();
        if (!TryReadItems(QmpTokenKind.EndObject, () => TryReadPair(names), "expected separator in dict"))
            return false;
        _json.WriteEndObject();
        return true;
    }

    private bool TryReadArray()
    {
        _json.WriteStartArray();
        if (!TryReadItems(QmpTokenKind.EndArray, TryReadValue, "expected separator in list"))
            return false;
        _json.WriteEndArray();
        return true;
    }

    // Items between an opened bracket and the closing one, with commas between them.
    private bool TryReadItems(QmpTokenKind end, Func<bool> tryReadItem, string noSeparator)
    {
        if (PeekKind() == end)
        {
            Take();
            return true;
        }
        while (tryReadItem())
        {
            QmpTokenKind separator = Take().Kind;
            if (separator == end)
                return true;
            if (separator != QmpTokenKind.Comma)
                return Fail(noSeparator);
        }
        return false;
    }

    private bool TryReadPair(SortedSet<string> names)
    {
        if (!TryReadName(out string name))
            return false;
        if (Take().Kind != QmpTokenKind.Colon)
            return Fail("missing : in object pair");
        _json.WritePropertyName(name);
        return TryReadValue() && (names.Add(name) || Fail("duplicate key"));
    }

    // QEMU reads any value as a name, and then finds that it is no string.
    private bool TryReadName(out string name)
    {
        if (PeekKind() == QmpTokenKind.Text)
            return TryDecode(Take(), out name);
        name = "";
        return Fail(TryReadValue() ? "key is not a string in object" : _error!);
    }

    private bool TryWriteKeyword(ReadOnlySpan<byte> word)
    {
        if (word.SequenceEqual("null"u8))
            _json.WriteNullValue();
        else if (word.SequenceEqual("true"u8) || word.SequenceEqual("false"u8))
            _json.WriteBooleanValue(word.Length == 4);
        else
            return Fail($"invalid keyword '{Encoding.UTF8.GetString(word)}'");
        return true;
    }

    private bool TryDecode(QmpToken token, out string text)
    {
        string? error = QmpString.Decode(_message.TextOf(token), out text);
        return error is null || Fail(error);
    }

    private bool Fail(string error)
    {
        _error = error;
        return false;
    }

    // A message ends where its brackets close, so that an opened one always has a token behind it.
    private QmpTokenKind PeekKind() => _message.Tokens[_next].Kind;

    private QmpToken Take() => _message.Tokens[_next++];
}
