using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Architecture.Tests;

/// <summary>Rules that one source file keeps or breaks by itself; each returns one sentence for each violation.</summary>
internal static partial class SourceText
{
    public const int LongestFileLines = 400;

    /// <summary>Work put off has its place in the tracker, not in the text.</summary>
    public static IEnumerable<string> Postponements(string path, string text) => PostponementMark().Matches(text)
        .Select(mark => $"{path}:{LineOf(text, mark.Index)} puts off work: {mark.Value}");

    public static IEnumerable<string> ConfiguredAwaits(string path, string text) => ConfiguredAwait().Matches(text)
        .Select(call => $"{path}:{LineOf(text, call.Index)} takes an await away from the host's scheduler.");

    public static IEnumerable<string> ExcessLength(string path, string text)
    {
        int lines = text.AsSpan().Count('\n');
        return lines > LongestFileLines ? [$"{path} has {lines} lines, more than {LongestFileLines}."] : [];
    }

    /// <summary>
    /// A comment line that ends as a statement or a block does, and that the compiler takes for one, is code switched off.
    /// </summary>
    public static IEnumerable<string> CommentedOutCode(string path, string text) => CSharpSyntaxTree.ParseText(text)
        .GetRoot()
        .DescendantTrivia()
        .Where(trivia => trivia.Kind() is SyntaxKind.SingleLineCommentTrivia or SyntaxKind.MultiLineCommentTrivia)
        .SelectMany(trivia => trivia.ToString().Split('\n')
            .Select(line => line.Trim('/', '*', ' ', '\t', '\r'))
            .Where(IsCode)
            .Select(line => $"{path}:{LineOf(text, trivia.SpanStart)} is commented-out code: {line}"));

    /// <summary>
    /// The doc comment of each public constant, and of each enum member with a value of its own, opens with its C name
    /// (<c>RAM_SAVE_FLAG_ZERO: ...</c>), or with <c>No C name:</c> where QEMU has none.
    /// </summary>
    public static IEnumerable<string> ConstantsWithoutCName(string path, string text) =>
        CSharpSyntaxTree.ParseText(text, new CSharpParseOptions(documentationMode: DocumentationMode.Parse)).GetRoot()
            .DescendantNodes()
            .Where(node => node is EnumMemberDeclarationSyntax { EqualsValue: not null } || IsPublicConstant(node))
            .Where(node => !OpensWithCName().IsMatch(Summary(node)))
            .Select(node => $"{path}:{LineOf(text, node.SpanStart)} has no C name: {node.ToString().Split('\n')[0]}");

    private static bool IsPublicConstant(SyntaxNode node) => node is FieldDeclarationSyntax field
        && field.Modifiers.Any(SyntaxKind.ConstKeyword) && field.Modifiers.Any(SyntaxKind.PublicKeyword);

    private static bool IsCode(string line)
    {
        if (!line.EndsWith(';') && !line.EndsWith('{'))
            return false;
        StatementSyntax statement = SyntaxFactory.ParseStatement(line.EndsWith('{') ? line + "}" : line);
        return !statement.ContainsDiagnostics;
    }

    private static string Summary(SyntaxNode node)
    {
        XmlElementSyntax? summary = node.GetLeadingTrivia()
            .Select(trivia => trivia.GetStructure())
            .OfType<DocumentationCommentTriviaSyntax>()
            .SelectMany(comment => comment.Content.OfType<XmlElementSyntax>())
            .FirstOrDefault(element => element.StartTag.Name.ToString() == "summary");
        return summary is null
            ? ""
            : string.Concat(summary.DescendantTokens().Where(token => token.IsKind(SyntaxKind.XmlTextLiteralToken))).Trim();
    }

    private static int LineOf(string text, int position) => text.AsSpan(0, position).Count('\n') + 1;

    // The brackets keep this file from breaking its own rule.
    [GeneratedRegex(@"\b(TOD[O]|FIXM[E]|HAC[K]|XX[X])\b")]
    private static partial Regex PostponementMark();

    [GeneratedRegex(@"\.\s*ConfigureAwait\s*\(")]
    private static partial Regex ConfiguredAwait();

    [GeneratedRegex(@"^([A-Z][A-Z0-9]*(_[A-Z0-9]+)+\b|No C name:)")]
    private static partial Regex OpensWithCName();
}
