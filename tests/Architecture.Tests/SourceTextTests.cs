namespace Architecture.Tests;

public class SourceTextTests
{
    /// <summary>Files that may be longer than the house number, with the reason.</summary>
    private static readonly Dictionary<string, string> LongFiles = new(StringComparer.Ordinal)
    {
        ["sim/Simulation.Source/Deviations/DeviantMode.cs"] = "one enum, with a sentence for each of its members",
    };

    [Fact]
    public void No_file_puts_off_work() =>
        Violations.None(Check([".cs", ".csproj", ".targets", ".props"], Everywhere, SourceText.Postponements));

    [Fact]
    public void No_code_is_commented_out() =>
        Violations.None(Check([".cs"], Everywhere, SourceText.CommentedOutCode));

    [Fact]
    public void No_await_is_configured_in_product_and_simulation() =>
        Violations.None(Check([".cs"], ["src", "sim"], SourceText.ConfiguredAwaits));

    [Fact]
    public void Only_listed_codecs_are_longer_than_the_house_number() => Violations.None(
        Check([".cs"], Everywhere, (path, text) => LongFiles.ContainsKey(path) ? [] : SourceText.ExcessLength(path, text)));

    [Fact]
    public void Each_listed_long_file_is_still_long() =>
        Assert.All(LongFiles.Keys, path => Assert.NotEmpty(SourceText.ExcessLength(path, Repository.Read(path))));

    [Fact]
    public void Each_wire_constant_opens_with_its_C_name() =>
        Violations.None(Check([".cs"], ["src/Qemu.Migration.Wire"], SourceText.ConstantsWithoutCName));

    [Fact]
    public void Engine_knows_only_the_environment_of_the_destination() =>
        Violations.None(Check([".cs"], ["sim/Simulation.Engine"], EngineTies));

    [Theory]
    [InlineData("using Qemu.Migration.Destination.Hosting;", 0)]
    [InlineData("using Qemu.Migration.Destination;", 1)]
    [InlineData("using Qemu.Migration.Wire;", 1)]
    public void Engine_that_knows_more_is_named(string line, int expected) =>
        Assert.Equal(expected, EngineTies("a.cs", line).Count());

    [Fact]
    public void Work_put_off_is_named()
    {
        const string mark = "TO" + "DO";
        Assert.Equal(
            [$"a.cs:2 puts off work: {mark}"],
            SourceText.Postponements("a.cs", $"class A\n{{ }} // {mark}: later\n"));
    }

    [Theory]
    [InlineData("// var x = 1;", 1)]
    [InlineData("/* return Read(span); */", 1)]
    [InlineData("// if (length > 0) {", 1)]
    [InlineData("// foreach (var page in pages)\n//     Write(page);", 1)]
    [InlineData("// Pages come first; the footer comes last.", 0)]
    [InlineData("// The count is checked before the copy;", 0)]
    [InlineData("/// <summary>Reads <c>return x;</c></summary>", 0)]
    [InlineData("string url = \"// var x = 1;\";", 0)]
    public void Commented_out_code_is_told_from_prose(string text, int expected) =>
        Assert.Equal(expected, SourceText.CommentedOutCode("a.cs", text).Count());

    [Theory]
    [InlineData("await task.ConfigureAwait(false);", 1)]
    [InlineData("await task\n    .ConfigureAwait(false);", 1)]
    [InlineData("// No ConfigureAwait here: the host resumes.", 0)]
    public void Configured_await_is_named(string text, int expected) =>
        Assert.Equal(expected, SourceText.ConfiguredAwaits("a.cs", text).Count());

    [Fact]
    public void File_one_line_too_long_is_named()
    {
        string longest = string.Concat(Enumerable.Repeat("\n", SourceText.LongestFileLines));
        Assert.Empty(SourceText.ExcessLength("a.cs", longest));
        Assert.Single(SourceText.ExcessLength("a.cs", longest + "\n"));
    }

    [Theory]
    [InlineData("/// <summary>RAM_SAVE_FLAG_ZERO: a page of zeroes.</summary>\n public const int Zero = 2;", 0)]
    [InlineData("/// <summary><c>QEMU_VM_EOF</c> ends the stream.</summary>\n public const int End = 0;", 0)]
    [InlineData("/// <summary>\n /// MULTIFD_MAGIC, first word.\n /// </summary>\n public const uint Magic = 1;", 0)]
    [InlineData("/// <summary>No C name: our own bound.</summary>\n public const int Limit = 2;", 0)]
    [InlineData("/// <summary>A page of zeroes, RAM_SAVE_FLAG_ZERO.</summary>\n public const int Zero = 2;", 1)]
    [InlineData("/// <summary>XBZRLE page.</summary>\n public const int Xbzrle = 2;", 1)]
    [InlineData("public const int Zero = 2;", 1)]
    [InlineData("private const int Zero = 2;", 0)]
    [InlineData("enum B { /// <summary>QEMU_VM_EOF.</summary>\n End = 0, /// <summary>Go.</summary>\n Go = 1, Free }", 1)]
    public void Constant_without_its_C_name_is_named(string member, int expected) =>
        Assert.Equal(expected, SourceText.ConstantsWithoutCName("a.cs", $"class A\n{{\n{member}\n}}").Count());

    private static string[] Everywhere => ["src", "sim", "fuzz", "tests"];

    private static IEnumerable<string> Check(
        string[] endings, string[] rooms, Func<string, string, IEnumerable<string>> rule) => endings
            .SelectMany(ending => Repository.Files(ending, rooms))
            .SelectMany(path => rule(path, Repository.Read(path)));

    private static IEnumerable<string> EngineTies(string path, string text) => text.Split('\n')
        .Where(line => line.Replace("Qemu.Migration.Destination.Hosting", "").Contains("Qemu.Migration"))
        .Select(line => $"{path} knows more than the environment: {line.Trim()}");
}
