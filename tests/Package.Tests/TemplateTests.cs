namespace Package.Tests;

/// <summary>From an empty folder to the first finding.</summary>
[Collection("packed")]
public sealed class TemplateTests(PackedFeed feed)
{
    [Fact]
    public async Task Simulation_finds_the_order_that_sells_a_piece_twice()
    {
        string folder = await NewAsync("simulation", "Shop.Orders");
        Result result = (await feed.RunInAsync(folder, "dotnet", "test")).Expect(1);
        Assert.Contains("-1 pieces are left by the decisions", result.Output, StringComparison.Ordinal);

        string service = Path.Combine(folder, "Stock.cs");
        string text = await File.ReadAllTextAsync(service);
        string mended = text.Replace("        Pieces--;", "        if (Pieces == 0)\n            return false;\n        Pieces--;", StringComparison.Ordinal);
        Assert.NotEqual(text, mended);
        await File.WriteAllTextAsync(service, mended);
        (await feed.RunInAsync(folder, "dotnet", "test")).Expect(0);
    }

    [Fact]
    public async Task Fuzz_target_finds_the_backslash_at_the_end()
    {
        string folder = await NewAsync("fuzz-target", "Shop.Labels");
        (await feed.RunInAsync(folder, "dotnet", "test")).Expect(0);
        Result found = await feed.RunInAsync(folder, "/bin/sh", "-c", "FUZZ_TIME=5m dotnet test");
        Assert.Contains("Index was outside the bounds", found.Expect(1).Output, StringComparison.Ordinal);

        // What was found is a test from now on.
        Assert.Equal(2, Directory.GetFiles(Path.Combine(folder, "Corpus", "LabelTests.Any_text_is_read_or_refused")).Length);
        (await feed.RunInAsync(folder, "dotnet", "test")).Expect(1);
    }

    private async Task<string> NewAsync(string template, string name)
    {
        string folder = feed.NewFolder(name);
        (await feed.RunInAsync(folder, "dotnet", "new", template, "-n", name, "-o", folder)).Expect(0);
        Assert.True(File.Exists(Path.Combine(folder, name + ".csproj")));
        return folder;
    }
}
