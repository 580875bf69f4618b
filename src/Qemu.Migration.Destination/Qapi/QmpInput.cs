using Qemu.Migration.Wire;

namespace Qemu.Migration.Destination.Qapi;

/// <summary>
/// Cuts a monitor's bytes into messages as QEMU does: a message ends where its brackets close, so that it may stand on several lines
/// and several may stand on one. A stray byte drops the message that it stands in.
/// </summary>
internal sealed class QmpInput
{
    private const int UsualBytes = 256;
    private readonly List<QmpToken> _tokens = [];
    private byte[] _text = new byte[UsualBytes];
    private int _length;
    private int _tokenStart;
    private int _braces;
    private int _brackets;
    private QmpLexerState _state;
    private bool _isMessageOver;
    private bool _isSkippingLine;

    /// <summary>Takes bytes up to the end of a message, or to what cannot belong to one.</summary>
    /// <param name="bytes">What came; advanced by what was taken, all of it where the result is null.</param>
    /// <returns>The message or the error; null when more bytes are needed. Valid until the next call.</returns>
    public QmpMessage? Take(ref ReadOnlySpan<byte> bytes)
    {
        if (_isMessageOver)
            Reset();
        while (!bytes.IsEmpty)
        {
            byte value = bytes[0];
            if (_isSkippingLine)
            {
                _isSkippingLine = value != (byte)'\n';
                bytes = bytes[1..];
                continue;
            }
            QmpLexerState next = QmpLexer.Advance(_state, value);
            if (next != QmpLexerState.Ended)
                bytes = bytes[1..];
            if (Apply(next, value) is { } message)
            {
                _isMessageOver = true;
                return message;
            }
        }
        return null;
    }

    private QmpMessage? Apply(QmpLexerState next, byte value)
    {
        if (next is QmpLexerState.Start or QmpLexerState.Recovery)
        {
            _state = next;
            return null;
        }
        if (next != QmpLexerState.Ended && !TryAppend(value))
        {
            _state = QmpLexerState.Start;
            _isSkippingLine = value != (byte)'\n';
            return new($"JSON token size limit exceeded: a command has at most {Limits.QmpCommandBytes} bytes here");
        }
        switch (next)
        {
            case QmpLexerState.Stray:
                _state = QmpLexerState.Recovery;
                return new($"JSON parse error, stray '{QmpString.Show(_text.AsSpan(_tokenStart, _length - _tokenStart))}'");
            case QmpLexerState.Complete or QmpLexerState.Ended:
                QmpTokenKind kind = KindOf(_text[_tokenStart]);
                _tokens.Add(new(kind, _tokenStart, _length - _tokenStart));
                _tokenStart = _length;
                _state = QmpLexerState.Start;
                return EndMessage(kind);
            default:
                _state = next;
                return null;
        }
    }

    // As in QEMU, this counts brackets by kind, and the parser finds those that do not match.
    private QmpMessage? EndMessage(QmpTokenKind kind)
    {
        _braces += kind switch { QmpTokenKind.BeginObject => 1, QmpTokenKind.EndObject => -1, _ => 0 };
        _brackets += kind switch { QmpTokenKind.BeginArray => 1, QmpTokenKind.EndArray => -1, _ => 0 };
        if (_braces + _brackets > Limits.QmpNesting)
            return new("JSON nesting depth limit exceeded");
        return _braces < 0 || _brackets < 0 || (_braces == 0 && _brackets == 0) ? new(_text, _tokens) : null;
    }

    private bool TryAppend(byte value)
    {
        if (_length == Limits.QmpCommandBytes)
            return false;
        if (_length == _text.Length)
            Array.Resize(ref _text, 2 * _length);
        _text[_length++] = value;
        return true;
    }

    private static QmpTokenKind KindOf(byte first) => first switch
    {
        (byte)'{' => QmpTokenKind.BeginObject,
        (byte)'}' => QmpTokenKind.EndObject,
        (byte)'[' => QmpTokenKind.BeginArray,
        (byte)']' => QmpTokenKind.EndArray,
        (byte)',' => QmpTokenKind.Comma,
        (byte)':' => QmpTokenKind.Colon,
        (byte)'"' or (byte)'\'' => QmpTokenKind.Text,
        >= (byte)'a' and <= (byte)'z' => QmpTokenKind.Keyword,
        _ => QmpTokenKind.Number,
    };

    // Give the memory of a long command back.
    private void Reset()
    {
        _isMessageOver = false;
        _tokens.Clear();
        _length = 0;
        _tokenStart = 0;
        _braces = 0;
        _brackets = 0;
        if (_text.Length == UsualBytes)
            return;
        _text = new byte[UsualBytes];
        _tokens.Capacity = 0;
    }
}
