namespace Simulation.Runner.Refereeing;

/// <summary>Cases from files of the corpus.</summary>
internal static class CaseFiles
{
    /// <summary>Opens files.</summary>
    public static IEnumerable<Func<RefereeCase>> Open(IReadOnlyList<string> names) => throw new FormatException($"no {names[0]}");
}
