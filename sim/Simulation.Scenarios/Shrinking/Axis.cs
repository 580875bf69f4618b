namespace Simulation.Scenarios.Shrinking;

/// <summary>The simplifications of which the axes of a scenario are made.</summary>
/// <typeparam name="T">What is made smaller: a record.</typeparam>
internal static class Axis<T>
    where T : class
{
    /// <summary>One change, where it changes something.</summary>
    public static Simplification<T> Change(Func<T, T> change)
    {
        return Candidates;

        IEnumerable<T> Candidates(T thing)
        {
            T changed = change(thing);
            if (!changed.Equals(thing))
                yield return changed;
        }
    }

    /// <summary>A number moved to its plainest value: all the way, then half of the way, a quarter and so on down to the finest
    /// step.</summary>
    public static Simplification<T> Number(Func<T, long> get, Func<T, long, T> set, long plainest = 0, long finest = 1)
    {
        return Candidates;

        IEnumerable<T> Candidates(T thing)
        {
            long value = get(thing);
            long way = value - plainest;
            for (long step = way; step != 0 && (step == way || Math.Abs(step) >= finest); step /= 2)
                yield return set(thing, value - step);
        }
    }

    /// <summary>A list without all of its items, without half of them, without each.</summary>
    public static Simplification<T> Fewer<TItem>(Func<T, IReadOnlyList<TItem>> get, Func<T, IReadOnlyList<TItem>, T> set)
    {
        return Candidates;

        IEnumerable<T> Candidates(T thing)
        {
            IReadOnlyList<TItem> items = get(thing);
            for (int chunk = items.Count; chunk > 0; chunk /= 2)
            {
                for (int start = 0; start < items.Count; start += chunk)
                    yield return set(thing, [.. items.Take(start), .. items.Skip(start + chunk)]);
            }
        }
    }

    /// <summary>Each item of a list made smaller by itself.</summary>
    public static Simplification<T> Each<TItem>(
        Func<T, IReadOnlyList<TItem>> get, Func<T, IReadOnlyList<TItem>, T> set, Simplification<TItem> simplify)
    {
        return Candidates;

        IEnumerable<T> Candidates(T thing)
        {
            IReadOnlyList<TItem> items = get(thing);
            for (int i = 0; i < items.Count; i++)
            {
                foreach (TItem smaller in simplify(items[i]))
                    yield return set(thing, [.. items.Take(i), smaller, .. items.Skip(i + 1)]);
            }
        }
    }
}
