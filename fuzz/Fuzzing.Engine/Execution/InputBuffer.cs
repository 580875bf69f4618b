using System.Buffers;
using System.Runtime.InteropServices;

namespace Fuzzing.Engine.Execution;

/// <summary>
/// The place from which a target reads its input: right before a page that cannot be read, so that the first byte read behind the
/// input ends the process. Where it lies in a file, whoever outlives the process finds there what it died of:
/// <code>
/// +0 u64 length of the input  +8 u64 executions begun  +16 WorkerStatus …  | page 1: … the input, up to the end of the file
/// </code>
/// Words are in the machine's byte order: both sides are on one machine.
/// </summary>
public sealed unsafe class InputBuffer : MemoryManager<byte>
{
    /// <summary>Bytes before the room for inputs.</summary>
    public const int HeaderBytes = 4096;

    private readonly GuardedMemory _memory;
    private readonly int _capacity;
    private int _length;

    /// <summary>Makes a buffer.</summary>
    /// <param name="capacity">Bytes of the longest input.</param>
    /// <param name="file">The file it shall lie in, which is made anew; null for memory of this process.</param>
    public InputBuffer(int capacity, string? file = null)
    {
        _capacity = (capacity + HeaderBytes - 1) / HeaderBytes * HeaderBytes;
        _memory = new GuardedMemory(HeaderBytes + _capacity, file);
    }

    /// <summary>Where the status of a worker lies.</summary>
    public ref WorkerStatus Status => ref *(WorkerStatus*)_memory.Address;

    /// <summary>Bytes of the longest input.</summary>
    public int Capacity => _capacity;

    /// <summary>Puts an input in its place.</summary>
    /// <param name="input">The input; what is longer than the room is cut.</param>
    /// <returns>The input where the target reads it, valid until the next call.</returns>
    public ReadOnlyMemory<byte> Place(ReadOnlySpan<byte> input)
    {
        _length = Math.Min(input.Length, _capacity);
        Status.InputBytes = _length;
        Status.Executions++;
        input[.._length].CopyTo(GetSpan());
        return Memory;
    }

    /// <summary>Reads the input from the file of a process that has died.</summary>
    /// <param name="file">The file.</param>
    /// <returns>The input that it had begun with last.</returns>
    public static byte[] ReadLast(string file)
    {
        byte[] content = File.ReadAllBytes(file);
        WorkerStatus status = MemoryMarshal.Read<WorkerStatus>(content);
        int length = (int)Math.Clamp(status.InputBytes, 0, content.Length - HeaderBytes);
        return content[^length..];
    }

    /// <inheritdoc/>
    public override Span<byte> GetSpan() => new(_memory.Address + HeaderBytes + _capacity - _length, _length);

    /// <inheritdoc/>
    public override MemoryHandle Pin(int elementIndex = 0) =>
        new(_memory.Address + HeaderBytes + _capacity - _length + elementIndex);

    /// <inheritdoc/>
    public override void Unpin()
    {
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _memory.Dispose();
}
