namespace Simulation.Oracle;

/// <summary>What the destination must send on the return path, save for requests, which its guest makes (stream reference, section 6.2).</summary>
internal sealed class ReturnPathLog(ByteCursor cursor)
{
    private readonly List<OracleReturnMessage> _messages = [];
    private int _leg;

    public IReadOnlyList<OracleReturnMessage> Messages => _messages;

    public bool IsOpen { get; private set; }

    public void Open() => IsOpen = true;

    /// <summary>A new connection has come, and its way back is open from the beginning.</summary>
    public void BeginLeg() => _leg++;

    public void Add(ushort type, uint? value, OracleRamBlock? bitmapOf = null) => _messages.Add(new(type, value, cursor.Position)
    {
        Leg = _leg,
        Block = bitmapOf?.Name,
        Bitmap = bitmapOf?.ReceivedBitmap() ?? default,
        DoubtfulBitmap = bitmapOf?.DoubtfulBitmap() ?? default,
    });
}
