using Qemu.Migration.Wire;

namespace Qemu.Migration.Destination.Qapi;

/// <summary>What <see cref="QmpInput.Take"/> found.</summary>
internal enum QmpInputStatus
{
    /// <summary>The bytes end inside a command, or between commands.</summary>
    NeedMoreData,

    /// <summary>One command's text; it may still be malformed.</summary>
    Command,

    /// <summary>A command longer than <see cref="Limits.QmpCommandBytes"/>; the rest of its line is skipped.</summary>
    TooLong,
}

/// <summary>
/// Cuts a monitor's bytes into commands. A command ends where its brackets close, so that several may stand on a line and none has
/// to wait for its newline; whatever a newline interrupts is handed out as it is, to be found malformed.
/// </summary>
internal sealed class QmpInput
{
    private const int UsualBytes = 256;

    private byte[] _text = new byte[UsualBytes];
    private int _length;
    private int _depth;
    private bool _inString;
    private bool _escaped;
    private bool _skippingLine;
    private bool _lineEnded;

    /// <summary>Takes bytes up to the end of a command.</summary>
    /// <param name="bytes">What came; advanced by what was taken.</param>
    /// <param name="command">Its text; valid until the next call.</param>
    /// <returns>What was found; everything is taken on <see cref="QmpInputStatus.NeedMoreData"/>.</returns>
    public QmpInputStatus Take(ref ReadOnlySpan<byte> bytes, out ReadOnlyMemory<byte> command)
    {
        command = default;
        while (!bytes.IsEmpty)
        {
            byte value = bytes[0];
            bytes = bytes[1..];
            _lineEnded = value == (byte)'\n';
            if (_lineEnded)
            {
                _skippingLine = false;
                if (_length == 0)
                    continue;
            }
            else if (_skippingLine || (_length == 0 && value is (byte)' ' or (byte)'\t' or (byte)'\r'))
            {
                continue;
            }
            else if (_length == Limits.QmpCommandBytes)
            {
                Reset();
                _skippingLine = true;
                return QmpInputStatus.TooLong;
            }
            else
            {
                if (_length == _text.Length)
                    Array.Resize(ref _text, 2 * _length);
                _text[_length++] = value;
                if (!Closes(value))
                    continue;
            }
            command = _text.AsMemory(0, _length);
            Reset();
            return QmpInputStatus.Command;
        }
        return QmpInputStatus.NeedMoreData;
    }

    /// <summary>The command just taken was malformed: what follows it on its line is not to be trusted.</summary>
    public void SkipLine() => _skippingLine = !_lineEnded;

    private bool Closes(byte value)
    {
        if (_inString)
        {
            _inString = _escaped || value != (byte)'"';
            _escaped = !_escaped && value == (byte)'\\';
            return false;
        }
        switch (value)
        {
            case (byte)'"':
                _inString = true;
                return false;
            case (byte)'{' or (byte)'[':
                _depth++;
                return false;
            case (byte)'}' or (byte)']':
                return --_depth <= 0;
            default:
                return false;
        }
    }

    private void Reset()
    {
        _length = 0;
        _depth = 0;
        _inString = false;
        _escaped = false;
    }
}
