namespace Simulation.Source.Precopy;

/// <summary>Who looks for zero pages (parameter <c>zero-page-detection</c>; stream reference, sections 4.3 and 4.7).</summary>
public enum ZeroPageDetection
{
    /// <summary>Nobody: zero pages travel as any other.</summary>
    None,

    /// <summary>The main thread: zero pages are ZERO records on the main channel.</summary>
    Legacy,

    /// <summary>The multifd channels where multifd is on, else the main thread.</summary>
    Multifd,
}
