namespace Simulation.Scenarios.Observing;

/// <summary>A virtual CPU read or wrote a page at the destination.</summary>
public sealed class GuestAccess
{
    /// <summary>Its place among all observations of the run when it began.</summary>
    public required int BeginOrder { get; init; }

    /// <summary>Virtual time at which it began.</summary>
    public required long BeginNanoseconds { get; init; }

    /// <summary>Who.</summary>
    public required int Vcpu { get; init; }

    /// <summary>The block's name.</summary>
    public required string Block { get; init; }

    /// <summary>The page's number in the block.</summary>
    public required int Page { get; init; }

    /// <summary>Where in the page it writes; -1 for a read, which is of the whole page.</summary>
    public int WriteOffset { get; init; } = -1;

    /// <summary>What it writes.</summary>
    public ulong Written { get; init; }

    /// <summary>A hash of the page as it was read.</summary>
    public ulong ReadHash { get; set; }

    /// <summary>Its place among all observations when it had ended; the highest number while it had not.</summary>
    public int EndOrder { get; set; } = int.MaxValue;

    /// <summary>Virtual time at which it had ended; null while it had not.</summary>
    public long? EndNanoseconds { get; set; }

    /// <summary>Whether the page was missing when the access began.</summary>
    public bool WasMissing { get; init; }

    /// <summary>Whether there was no guest any more.</summary>
    public bool IsGivenUp { get; set; }

    /// <summary>Whether it writes.</summary>
    public bool IsWrite => WriteOffset >= 0;
}
