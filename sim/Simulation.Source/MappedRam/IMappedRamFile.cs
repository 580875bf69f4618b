namespace Simulation.Source.MappedRam;

/// <summary>The file that a mapped-ram migration writes: any position, in any order.</summary>
public interface IMappedRamFile
{
    /// <summary>Writes bytes; what was never written reads as zero.</summary>
    /// <param name="position">Absolute, in bytes; not inside a hole.</param>
    /// <param name="content">The bytes, which end before the next hole.</param>
    public void WriteAt(long position, ReadOnlySpan<byte> content);

    /// <summary>Says that nothing will be written in a range, so that no room is needed for it.</summary>
    /// <param name="position">Absolute, in bytes, behind everything that was written and every hole before.</param>
    /// <param name="lengthBytes">How many bytes.</param>
    public void LeaveHole(long position, long lengthBytes);
}
