namespace Scenarios.Tests;

/// <summary>Fixed ranges of seeds, so that a test is the same test every time; fresh seeds are the campaigns' work.</summary>
internal static class SeedRange
{
    public static IEnumerable<ulong> Of(ulong first, int count) => Enumerable.Range(0, count).Select(i => first + (ulong)i);
}
