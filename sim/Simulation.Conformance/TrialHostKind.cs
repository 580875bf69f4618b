using Simulation.Scenarios.Options;

namespace Simulation.Conformance;

/// <summary>What kind of host our destination has in a trial.</summary>
/// <param name="Options">Channels and memory.</param>
/// <param name="ReadsShort">Whether reads return fewer bytes than there are.</param>
internal sealed record TrialHostKind(HostOptions Options, bool ReadsShort)
{
    /// <summary>Every kind that can play a case.</summary>
    /// <param name="played">The case.</param>
    /// <returns>The kinds, the default first.</returns>
    public static IReadOnlyList<TrialHostKind> All(RefereeCase played) =>
        [.. HostOptions.All(played.IsFile).SelectMany(options => (TrialHostKind[])[new(options, false), new(options, true)])];

    /// <summary>The kind that a case is played with: its bytes choose, so that it is the same every time.</summary>
    /// <param name="played">The case.</param>
    /// <returns>One of <see cref="All"/>.</returns>
    public static TrialHostKind Of(RefereeCase played)
    {
        IReadOnlyList<TrialHostKind> kinds = All(played);
        long sum = 0;
        foreach (RefereeConnection connection in played.Connections)
        {
            foreach (byte value in connection.Bytes.Span)
                sum += value;
        }

        return kinds[(int)(sum % kinds.Count)];
    }
}
