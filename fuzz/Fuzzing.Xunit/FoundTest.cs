using System.Reflection;
using System.Text;
using Fuzzing.Engine.Corpus;

namespace Fuzzing.Xunit;

/// <summary>A finding as files: its bytes, and a test in C# that fails as long as it is one.</summary>
internal static class FoundTest
{
    private const string Ending = ".cs";
    private const int BytesOfLine = 64;

    /// <summary>Whether a file of a corpus is for people, and no input.</summary>
    public static bool IsText(string file) => file.EndsWith(Ending, StringComparison.Ordinal) || Path.GetFileName(file).StartsWith('.');

    /// <summary>Writes both.</summary>
    /// <param name="folder">The folder, made where it is not there.</param>
    /// <param name="method">The method that fails.</param>
    /// <param name="signature">Equal for findings of one cause.</param>
    /// <param name="detail">What is wrong; its first line becomes the test's summary.</param>
    /// <param name="input">The input.</param>
    /// <returns>The file with the bytes.</returns>
    public static string Write(string folder, MethodInfo method, string signature, string detail, byte[] input)
    {
        Directory.CreateDirectory(folder);
        string file = Path.Combine(folder, $"{signature}-{CorpusFolder.NameOf(input)[..8]}");
        File.WriteAllText(file + Ending, Source(method, Path.GetFileName(file), detail, input));
        File.WriteAllBytes(file, input);
        return file;
    }

    private static string Source(MethodInfo method, string name, string detail, byte[] input)
    {
        Type type = method.DeclaringType!;
        string owner = method.IsStatic ? type.Name : $"new {type.Name}()";
        string lines = string.Join(" +\n        ", input.Chunk(BytesOfLine).Select(bytes => $"\"{Convert.ToHexString(bytes)}\"").DefaultIfEmpty("\"\""));
        string summary = new([.. detail.Split('\n')[0].Select(c => char.IsControl(c) || c is '<' or '>' or '&' ? ' ' : c)]);
        StringBuilder source = new();
        if (type.Namespace is { } space)
            source.Append("namespace ").Append(space).Append(";\n\n");
        return source.Append($$"""
            /// <summary>Found by fuzzing: {{summary}}</summary>
            public sealed class {{method.Name}}_{{name.Replace('-', '_')}}
            {
                [global::Xunit.Fact]
                public void Input_passes() => {{owner}}.{{method.Name}}(global::System.Convert.FromHexString(
                    {{lines}}));
            }

            """).ToString();
    }
}
