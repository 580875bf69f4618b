using System.Runtime.CompilerServices;

namespace Fuzzing.Engine.Coverage;

/// <summary>
/// Where instrumented code tells what it compares: of an input that is looked at closely, the values that were compared with
/// something of it say which bytes would have been accepted. Off, it costs a test of one flag.
/// </summary>
public static unsafe class CompareLog
{
    private const int Capacity = 1024;
    private static readonly ComparedNumbers[] NumberRing = new ComparedNumbers[Capacity];
    private static readonly List<ComparedBytes> ByteList = [];
    private static delegate*<uint, uint, void> _forward32;
    private static delegate*<ulong, ulong, void> _forward64;
    private static bool _isRecording;
    private static int _count;

    /// <summary>Whether comparisons are written down.</summary>
    public static bool IsRecording => _isRecording;

    /// <summary>The numbers compared since <see cref="Begin"/>, the first of them where there were too many.</summary>
    public static ReadOnlySpan<ComparedNumbers> Numbers => NumberRing.AsSpan(0, _count);

    /// <summary>The strings of bytes compared since then.</summary>
    public static IReadOnlyList<ComparedBytes> Bytes => ByteList;

    /// <summary>Forgets what was written down, and writes down.</summary>
    public static void Begin()
    {
        _count = 0;
        ByteList.Clear();
        _isRecording = true;
    }

    /// <summary>Writes down no more.</summary>
    public static void End() => _isRecording = false;

    /// <summary>
    /// Hands numbers to another engine, as they are compared, and writes nothing down; of each run, from <see cref="Begin"/> on, the
    /// first of them where there are too many, so that loops do not cost more than what they loop over.
    /// </summary>
    /// <param name="compare32">Takes two of 32 bits.</param>
    /// <param name="compare64">Takes two of 64 bits.</param>
    public static void Forward(delegate*<uint, uint, void> compare32, delegate*<ulong, ulong, void> compare64)
    {
        _forward32 = compare32;
        _forward64 = compare64;
    }

    /// <summary>Called before two 32-bit numbers are compared.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Compare32(int left, int right)
    {
        if (_isRecording)
            Add32(unchecked((uint)left), unchecked((uint)right));
    }

    /// <summary>Called before two 64-bit numbers are compared.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Compare64(long left, long right)
    {
        if (_isRecording)
            Add64(unchecked((ulong)left), unchecked((ulong)right));
    }

    /// <summary>Stands in for the comparison of two spans.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    /// <returns>Whether they are equal.</returns>
    public static bool SequenceEqual(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        if (_isRecording && _forward64 is null)
            Add(left, right);
        return left.SequenceEqual(right);
    }

    /// <summary>Stands in for the comparison of two strings.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    /// <returns>Whether they are equal.</returns>
    public static bool StringEquals(string? left, string? right)
    {
        if (_isRecording && _forward64 is null && left is not null && right is not null)
            Add(System.Text.Encoding.UTF8.GetBytes(left), System.Text.Encoding.UTF8.GetBytes(right));
        return left == right;
    }

    // Ignore equal operands: they need no mutation and are the most frequent case.
    private static void Add32(uint left, uint right)
    {
        if (left == right)
            return;
        if (_forward32 is null)
        {
            Add(left, right);
            return;
        }
        _isRecording = ++_count < Capacity;
        _forward32(left, right);
    }

    private static void Add64(ulong left, ulong right)
    {
        if (left == right)
            return;
        if (_forward64 is null)
        {
            Add(left, right);
            return;
        }
        _isRecording = ++_count < Capacity;
        _forward64(left, right);
    }

    private static void Add(ulong left, ulong right)
    {
        if (_count < Capacity)
            NumberRing[_count++] = new(left, right);
    }

    private static void Add(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        if (ByteList.Count < Capacity && left.Length is > 0 and <= 256 && right.Length is > 0 and <= 256 && !left.SequenceEqual(right))
            ByteList.Add(new(left.ToArray(), right.ToArray()));
    }
}

/// <summary>Two numbers that were compared and differed.</summary>
/// <param name="Left">One, extended with zeros.</param>
/// <param name="Right">The other.</param>
public readonly record struct ComparedNumbers(ulong Left, ulong Right);

/// <summary>Two strings of bytes that were compared and differed.</summary>
/// <param name="Left">One.</param>
/// <param name="Right">The other.</param>
public readonly record struct ComparedBytes(byte[] Left, byte[] Right);
