using Qemu.Migration.Destination.Hosting;

namespace Simulation.Schedules.Running;

/// <summary>Guest memory that is written through, as that of a file: each piece of a run is a place where another task may come in.</summary>
/// <param name="environment">Whose places they are.</param>
/// <param name="lengthBytes">Bytes of the region.</param>
internal sealed unsafe class ModelRegion(ModelEnvironment environment, long lengthBytes) : GuestMemoryRegion
{
    private readonly NativeMemoryRegion _memory = new(lengthBytes);

    /// <inheritdoc/>
    public override byte* Address => _memory.Address;

    /// <inheritdoc/>
    public override long LengthBytes => lengthBytes;

    /// <inheritdoc/>
    public override bool InitiallyZero => true;

    /// <inheritdoc/>
    public override bool IsWrittenThrough => true;

    /// <inheritdoc/>
    public override void Write(long offset, ref readonly byte source, int pieceBytes, int strideBytes, int count)
    {
        base.Write(offset, in source, pieceBytes, strideBytes, count);
        environment.Interleave();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _memory.Dispose();
}
