namespace Simulation.Source.Guest;

/// <summary>
/// One RAM block of the simulated guest, as the block list of MEM_SIZE shows it (stream reference, section 2.3).
/// </summary>
/// <param name="Name">The block's idstr, at most 255 bytes of ASCII, for instance <c>pc.ram</c>.</param>
/// <param name="LengthBytes">Its used length in bytes, a multiple of the page size; 0 too.</param>
public sealed record RamBlockLayout(string Name, long LengthBytes)
{
    /// <summary>Whether other processes share the block under a name, so that <c>x-ignore-shared</c> leaves its pages out.</summary>
    public bool Shared { get; init; }

    /// <summary>Where the bytes begin that the guest has told to be free (free page hinting): a source never sends them, and nothing is
    /// stored for them.</summary>
    public long FreeAtBytes { get; init; }

    /// <summary>How many bytes are free, whole pages; 0 for none.</summary>
    public long FreeBytes { get; init; }

    /// <summary>Guest physical address in bytes, sent under <c>x-ignore-shared</c>.</summary>
    public ulong GuestAddress { get; init; }
}
