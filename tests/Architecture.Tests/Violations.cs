namespace Architecture.Tests;

/// <summary>Asserts on lists of violations, each a whole sentence; xunit's own assertion would cut them off.</summary>
internal static class Violations
{
    public static void None(IEnumerable<string> violations)
    {
        string[] found = [.. violations];
        Assert.True(found.Length == 0, string.Join(Environment.NewLine, found));
    }
}
