namespace Simulation.Source.MappedRam;

/// <summary>A mapped-ram file in memory.</summary>
public sealed class FileImage : IMappedRamFile
{
    /// <summary>Memory that is kept from file to file: most small guests' files fit.</summary>
    private const int KeptBytes = 8 << 20;

    // What was written, in order; pages that follow one another are one range. A file is mostly holes, and clearing them would cost more
    // than all that a small guest writes.
    private readonly List<(int Start, int End)> _written = [];
    private readonly List<FileHole> _holes = [];
    private byte[] _bytes = [];
    private int _length;

    /// <summary>The file so far, without its holes; all of it where there are none.</summary>
    public ReadOnlyMemory<byte> Content => _bytes.AsMemory(0, _length);

    /// <summary>The holes, in ascending order.</summary>
    public IReadOnlyList<FileHole> Holes => _holes;

    /// <summary>Empties the file and keeps the memory that most files need.</summary>
    public void Reset()
    {
        if (_bytes.Length > KeptBytes)
            _bytes = [];
        foreach ((int start, int end) in _bytes.Length == 0 ? [] : _written)
            _bytes.AsSpan(start, end - start).Clear();
        _written.Clear();
        _length = 0;
        _holes.Clear();
    }

    /// <inheritdoc/>
    public void WriteAt(long position, ReadOnlySpan<byte> content)
    {
        int start = checked((int)Stored(position));
        int end = checked(start + content.Length);
        if (end > _bytes.Length)
            Grow(end);
        content.CopyTo(_bytes.AsSpan(start));
        if (_written.Count > 0 && _written[^1].End == start)
            _written[^1] = (_written[^1].Start, end);
        else
            _written.Add((start, end));
        _length = Math.Max(_length, end);
    }

    /// <inheritdoc/>
    public void LeaveHole(long position, long lengthBytes) => _holes.Add(new(position, lengthBytes));

    private long Stored(long position)
    {
        for (int i = _holes.Count - 1; i >= 0; i--)
            position -= position >= _holes[i].EndOffset ? _holes[i].LengthBytes : 0;
        return position;
    }

    private void Grow(int needed)
    {
        byte[] larger = new byte[Math.Max(needed, Math.Max(KeptBytes, 2 * _bytes.Length))];
        foreach ((int start, int end) in _written)
            _bytes.AsSpan(start, end - start).CopyTo(larger.AsSpan(start));
        _bytes = larger;
    }
}
