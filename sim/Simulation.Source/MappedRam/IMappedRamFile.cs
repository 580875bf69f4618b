namespace Simulation.Source.MappedRam;

/// <summary>The file that a mapped-ram migration writes: any position, in any order.</summary>
public interface IMappedRamFile
{
    /// <summary>Writes bytes; what was never written reads as zero.</summary>
    /// <param name="position">Absolute, in bytes.</param>
    /// <param name="content">The bytes.</param>
    public void WriteAt(long position, ReadOnlySpan<byte> content);
}
