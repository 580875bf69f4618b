using Simulation.Engine.Choices;

namespace Simulation.Source.Guest;

/// <summary>How likely each kind of page is in a guest's memory; weights, not percentages, at least one of them above 0.</summary>
/// <param name="Zero">Weight of zero pages.</param>
/// <param name="Text">Weight of text.</param>
/// <param name="Random">Weight of bytes without structure.</param>
/// <param name="Repeated">Weight of one byte repeated.</param>
/// <param name="Sparse">Weight of pages with few bytes that are not zero.</param>
public sealed record ContentMix(int Zero, int Text, int Random, int Repeated, int Sparse)
{
    /// <summary>A guest that has been up for a while: half of its memory was never touched.</summary>
    public static ContentMix Typical { get; } = new(50, 25, 10, 5, 10);

    /// <summary>A guest that has touched nothing.</summary>
    public static ContentMix AllZero { get; } = new(1, 0, 0, 0, 0);

    /// <summary>Draws a page's content.</summary>
    /// <param name="random">The stream for content.</param>
    /// <returns>A frame of <see cref="PageLibrary"/>.</returns>
    public int Draw(Prng random)
    {
        PageKind kind = (PageKind)random.PickWeighted([Zero, Text, Random, Repeated, Sparse]);
        return PageLibrary.Frame(kind, random.NextInt(PageLibrary.FramesPerKind));
    }
}
