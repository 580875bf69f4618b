using System.Reflection;
using Qemu.Migration.Destination;
using TestKit;

namespace Destination.Tests;

/// <summary>The list of deviations is what it says: each names a test that exists.</summary>
public sealed class DeviationTests
{
    [Fact]
    public void Every_deviation_names_a_test_that_exists()
    {
        foreach (Deviation deviation in Deviations.All)
        {
            string[] parts = deviation.Test.Split('.');
            Type? type = Assembly.GetExecutingAssembly().GetType($"Destination.Tests.{parts[0]}");
            Assert.True(
                type?.GetMethod(parts[1]) is not null || IsElsewhere(parts[0], parts[1]),
                $"{deviation.Id} names {deviation.Test}, which does not exist");
        }
        Assert.Equal(Deviations.All.Count, Deviations.All.DistinctBy(d => d.Id).Count());
    }

    // What the daemon alone does is tested with the daemon.
    private static bool IsElsewhere(string type, string method)
    {
        string file = Path.Combine(Capture.Root, "tests", "Incoming.Tests", type + ".cs");
        return File.Exists(file) && File.ReadAllText(file).Contains($" {method}(", StringComparison.Ordinal);
    }
}
