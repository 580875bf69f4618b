using Simulation.Scenarios.Options;

namespace Simulation.Scenarios.Hosts;

/// <summary>The file behind a region of guest memory: whether it takes runs of pages, and for how long.</summary>
internal struct WriteThroughFile
{
    private readonly long _refusesAfterBytes;
    private long _writtenBytes;

    /// <summary>Makes one that has taken nothing yet.</summary>
    /// <param name="host">The kind of memory.</param>
    public WriteThroughFile(HostOptions host)
    {
        TakesWrites = host.Memory == MemoryKind.WrittenThrough;
        _refusesAfterBytes = host.RefusesAfterBytes;
    }

    /// <summary>What the region answers for <c>IsWrittenThrough</c>.</summary>
    public bool TakesWrites { get; private set; }

    /// <summary>Notes a run of pieces.</summary>
    /// <param name="offset">Where it goes.</param>
    /// <param name="lengthBytes">Bytes of all pieces.</param>
    /// <param name="regionBytes">Bytes of the region.</param>
    /// <exception cref="InvalidOperationException">The run does not lie inside the region.</exception>
    public void Note(long offset, long lengthBytes, long regionBytes)
    {
        RegionRange.Require(offset, lengthBytes, regionBytes, "were written through into");
        _writtenBytes += lengthBytes;
        if (_refusesAfterBytes > 0 && _writtenBytes >= _refusesAfterBytes)
            TakesWrites = false;
    }
}
