namespace Simulation.Scenarios.Shrinking;

/// <summary>
/// Makes a failing thing smaller as long as it goes on failing: takes the first smaller candidate that still fails and goes on with
/// its candidates, until none fails any more. That is a fixpoint: no single simplification keeps the failure.
/// </summary>
public static class GreedyReduction
{
    /// <summary>Reduces a thing.</summary>
    /// <typeparam name="T">What is reduced; immutable.</typeparam>
    /// <param name="failing">A thing known to fail.</param>
    /// <param name="simplify">The smaller candidates of a thing, the most daring first. Each must be smaller by a measure that has a
    /// least value, or the reduction would not end.</param>
    /// <param name="stillFails">Whether a candidate fails in the same way: gives what to go on with, or null.</param>
    /// <returns>The smallest thing reached.</returns>
    public static T ToFixpoint<T>(T failing, Func<T, IEnumerable<T>> simplify, Func<T, T?> stillFails)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(simplify);
        ArgumentNullException.ThrowIfNull(stillFails);
        T best = failing;
        int first = 0;
        while (true)
        {
            T[] candidates = [.. simplify(best)];
            T? smaller = null;

            // What kept the failure a moment ago is tried first: it often does again (halving), and what lost it often loses it again.
            int tried = 0;
            while (smaller is null && tried < candidates.Length)
                smaller = stillFails(candidates[(first + tried++) % candidates.Length]);
            if (smaller is null)
                return best;
            first = (first + tried - 1) % candidates.Length;
            best = smaller;
        }
    }
}
