using System.Text.RegularExpressions;

namespace Architecture.Tests;

/// <summary>Names of types that two files of the product declare: with one name for one type a reader who finds it need not ask which.</summary>
internal static partial class TypeNames
{
    /// <summary>One sentence for each name that stands for two types. Parts of one type in one folder are one type; types within
    /// another type are its own affair.</summary>
    /// <param name="sources">Paths and texts.</param>
    /// <returns>The violations, in the order of the names.</returns>
    public static IEnumerable<string> Shared(IEnumerable<(string Path, string Text)> sources) => sources
        .SelectMany(source => Declarations(source.Text).Select(found => (found.Name, found.IsPart, source.Path)))
        .GroupBy(found => found.Name, StringComparer.Ordinal)
        .Where(group => !IsOne([.. group]))
        .OrderBy(group => group.Key, StringComparer.Ordinal)
        .Select(group => $"{group.Key} is declared in {string.Join(" and ", group.Select(found => found.Path).Order(StringComparer.Ordinal))}.");

    private static IEnumerable<(string Name, bool IsPart)> Declarations(string text) => Declaration().Matches(text)
        .Select(match => (match.Groups["name"].Value + match.Groups["arity"].Value, match.Groups["part"].Success))
        .Distinct();

    private static bool IsOne((string Name, bool IsPart, string Path)[] found) => found.Length == 1
        || (found.All(part => part.IsPart) && found.Select(part => Path.GetDirectoryName(part.Path)).Distinct().Count() == 1);

    // A type of a namespace begins its line: namespaces are written for the whole file.
    [GeneratedRegex(
        @"^(?:(?:public|internal|static|sealed|abstract|readonly|ref|unsafe|(?<part>partial)) )*(?:class|struct|interface|enum|record(?: class| struct)?) (?<name>\w+)(?<arity><[\w, ]+>)?",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Declaration();
}
