namespace Simulation.Source.Guest;

/// <summary>
/// One RAM block of the simulated guest, as the block list of MEM_SIZE shows it (stream reference, section 2.3).
/// </summary>
/// <param name="Name">The block's idstr, at most 255 bytes of ASCII, for instance <c>pc.ram</c>.</param>
/// <param name="LengthBytes">Its used length in bytes, a multiple of <see cref="GuestRam.PageBytes"/>; 0 too.</param>
public sealed record RamBlockLayout(string Name, long LengthBytes)
{
    /// <summary>Whether other processes share the block under a name, so that <c>x-ignore-shared</c> leaves its pages out.</summary>
    public bool Shared { get; init; }

    /// <summary>Guest physical address in bytes, sent under <c>x-ignore-shared</c>.</summary>
    public ulong GuestAddress { get; init; }
}
