namespace Architecture.Tests;

/// <summary>The fuzzer's engine is anybody's: it knows nothing of what is fuzzed here.</summary>
public class FuzzingEngineTests
{
    [Theory]
    [InlineData("Fuzzing.Engine")]
    [InlineData("Fuzzing.Instrumentation")]
    [InlineData("Fuzzing.Xunit")]
    public void Engine_instrumentation_and_attribute_know_nothing_of_qemu(string project)
    {
        Assert.DoesNotContain(Reached(project), name => name.StartsWith("Qemu.", StringComparison.Ordinal));
        Assert.DoesNotContain(
            Repository.Files(".cs", $"fuzz/{project}"),
            path => Repository.Read(path).Contains("Qemu", StringComparison.OrdinalIgnoreCase) || Repository.Read(path).Contains("migrat", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void Project_that_fuzzes_qemu_s_format_is_told_apart() =>
        Assert.Contains("Qemu.Migration.Wire", Reached("Fuzzing.Targets"));

    private static HashSet<string> Reached(string project)
    {
        IReadOnlyList<Project> all = Repository.Projects();
        HashSet<string> reached = [];
        Queue<string> open = new([project]);
        while (open.TryDequeue(out string? next))
        {
            if (reached.Add(next))
            {
                foreach (string reference in all.Single(p => p.Name == next).References)
                    open.Enqueue(reference);
            }
        }
        return reached;
    }
}
