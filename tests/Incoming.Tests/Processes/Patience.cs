using System.Diagnostics;

namespace Processes;

/// <summary>Waits of tests. They are limited only so that a hang fails with a sentence: no test measures time.</summary>
public static class Patience
{
    /// <summary>What takes longer than this hangs.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>Waits until a condition holds.</summary>
    /// <param name="condition">The condition.</param>
    /// <param name="failure">What the test says where it does not come to that.</param>
    public static void Until(Func<bool> condition, string failure)
    {
        for (Stopwatch waited = Stopwatch.StartNew(); !condition(); Thread.Sleep(5))
            Assert.True(waited.Elapsed < Limit, failure);
    }
}
