namespace Simulation.Source.MappedRam;

/// <summary>A mapped-ram file in memory.</summary>
public sealed class FileImage : IMappedRamFile
{
    /// <summary>Memory that is kept from file to file: most small guests' files fit.</summary>
    private const int KeptBytes = 8 << 20;

    private byte[] _bytes = [];
    private int _length;

    /// <summary>The file so far.</summary>
    public ReadOnlyMemory<byte> Content => _bytes.AsMemory(0, _length);

    /// <summary>Empties the file and keeps the memory that most files need.</summary>
    public void Reset()
    {
        if (_bytes.Length > KeptBytes)
            _bytes = new byte[KeptBytes];
        else
            _bytes.AsSpan(0, _length).Clear();
        _length = 0;
    }

    /// <inheritdoc/>
    public void WriteAt(long position, ReadOnlySpan<byte> content)
    {
        int end = checked((int)position + content.Length);
        if (end > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(end, 2 * _bytes.Length));
        content.CopyTo(_bytes.AsSpan((int)position));
        _length = Math.Max(_length, end);
    }
}
