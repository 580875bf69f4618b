namespace Processes;

/// <summary>What a test needs of the machine it runs on.</summary>
public static class Needs
{
    /// <summary>Skips the test where something is missing; in continuous integration nothing is skipped: there the test fails.</summary>
    /// <param name="isThere">Whether it is there.</param>
    /// <param name="reason">What is missing, and how to get it.</param>
    public static void That(bool isThere, string reason)
    {
        if (isThere)
            return;
        if (Environment.GetEnvironmentVariable("CI") == "true")
            Assert.Fail(reason);
        throw new SkipException(reason);
    }
}
