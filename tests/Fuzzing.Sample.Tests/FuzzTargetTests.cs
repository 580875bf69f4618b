using System.Reflection;
using Fuzzing.Xunit;

namespace Fuzzing.Sample.Tests;

/// <summary>A fuzz target is an ordinary test: what it replays, what it finds, and what it leaves for whoever mends it.</summary>
public sealed class FuzzTargetTests : IDisposable
{
    private const string Own = "Fuzzing.Sample.Tests";
    private readonly string _folder = Directory.CreateTempSubdirectory("sample").FullName;

    private string Seeds => Path.Combine(_folder, "seeds");

    private string Grown => Path.Combine(_folder, "grown");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Finding_is_its_bytes_and_a_test_in_csharp()
    {
        InputFailedException error = Assert.Throws<InputFailedException>(() => FuzzedMethod.Fuzz(Method, [Own], 64, Seeds, Grown, 500_000, null));
        Assert.Contains("here it is", error.Message, StringComparison.Ordinal);
        string[] files = [.. Directory.GetFiles(Seeds).Order(StringComparer.Ordinal)];
        Assert.Equal(2, files.Length);
        byte[] input = File.ReadAllBytes(files[0]);
        Assert.Equal(5, input.Length);
        Assert.Equal(files[0] + ".cs", files[1]);
        string source = File.ReadAllText(files[1]);
        Assert.Contains("[global::Xunit.Fact]", source, StringComparison.Ordinal);
        Assert.Contains($"Mistake.Fails_behind_a_word(global::System.Convert.FromHexString(\n        \"{Convert.ToHexString(input)}\"))", source, StringComparison.Ordinal);
    }

    [Fact]
    public void Input_of_the_corpus_that_fails_is_named()
    {
        Directory.CreateDirectory(Seeds);
        File.WriteAllText(Path.Combine(Seeds, "good"), "wort");
        File.WriteAllText(Path.Combine(Seeds, "text.cs"), "words for people");
        Assert.Equal(1, FuzzedMethod.Replay(Method, 64, Seeds));
        File.WriteAllText(Path.Combine(Seeds, "bad"), "words");
        Assert.Contains(Path.Combine(Seeds, "bad"), Assert.Throws<InputFailedException>(() => FuzzedMethod.Replay(Method, 64, Seeds)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Target_without_a_bug_is_fuzzed_to_its_limit() => Assert.InRange(
        FuzzedMethod.Fuzz(typeof(DurationTests).GetMethod(nameof(DurationTests.What_is_written_is_read_again))!, [Own], 32, Seeds, Grown, 20_000, null), 20_000, 21_000);

    private static MethodInfo Method => typeof(Mistake).GetMethod(nameof(Mistake.Fails_behind_a_word))!;
}
