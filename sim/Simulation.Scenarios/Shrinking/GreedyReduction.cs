namespace Simulation.Scenarios.Shrinking;

/// <summary>The smaller candidates of a thing along one axis, the most daring first. Each is smaller by a measure that has a least
/// value, or a reduction would not end.</summary>
/// <typeparam name="T">What is made smaller; immutable.</typeparam>
/// <param name="thing">The thing.</param>
/// <returns>None when it is as small as it gets.</returns>
public delegate IEnumerable<T> Simplification<T>(T thing);

/// <summary>
/// Makes a failing thing smaller as long as it goes on failing. Each simplification is used until it yields nothing more, then the
/// next, in rounds, until a whole round changes nothing: a fixpoint, from which no single simplification keeps the failure.
/// </summary>
public static class GreedyReduction
{
    /// <summary>Reduces a thing.</summary>
    /// <typeparam name="T">What is reduced; immutable.</typeparam>
    /// <param name="failing">A thing known to fail.</param>
    /// <param name="simplifications">The axes, those that take most away first.</param>
    /// <param name="stillFails">Whether a candidate fails in the same way.</param>
    /// <returns>The smallest thing reached.</returns>
    public static T ToFixpoint<T>(T failing, IReadOnlyList<Simplification<T>> simplifications, Func<T, bool> stillFails)
    {
        ArgumentNullException.ThrowIfNull(simplifications);
        ArgumentNullException.ThrowIfNull(stillFails);
        bool changed = true;
        while (changed)
        {
            changed = false;
            foreach (Simplification<T> simplification in simplifications)
            {
                while (TryStep(ref failing, simplification, stillFails))
                    changed = true;
            }
        }

        return failing;
    }

    private static bool TryStep<T>(ref T failing, Simplification<T> simplification, Func<T, bool> stillFails)
    {
        foreach (T candidate in simplification(failing))
        {
            if (!stillFails(candidate))
                continue;
            failing = candidate;
            return true;
        }

        return false;
    }
}
