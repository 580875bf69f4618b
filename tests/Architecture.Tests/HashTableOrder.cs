using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Architecture.Tests;

/// <summary>
/// Finds where a program takes the elements of a hash table in the table's own order: in a foreach, a spread, or a query
/// whose result shows the order. The banned-symbols analyzer does not see the enumerator that foreach calls.
/// </summary>
internal static class HashTableOrder
{
    private static readonly HashSet<string> Tables = new(StringComparer.Ordinal)
    {
        "Dictionary", "HashSet", "ConcurrentDictionary", "FrozenDictionary", "FrozenSet",
        "ImmutableDictionary", "ImmutableHashSet", "Hashtable",
    };

    /// <summary>Queries that sort, or whose result is the same in any order.</summary>
    private static readonly HashSet<string> OrderFree = new(StringComparer.Ordinal)
    {
        "Order", "OrderDescending", "OrderBy", "OrderByDescending",
        "Any", "All", "Contains", "Count", "LongCount", "Sum", "Min", "Max",
        "ToDictionary", "ToHashSet", "ToFrozenDictionary", "ToFrozenSet",
    };

    public static IEnumerable<string> Walks(CSharpCompilation compilation) => compilation.SyntaxTrees.SelectMany(tree =>
    {
        SemanticModel model = compilation.GetSemanticModel(tree);
        return tree.GetRoot().DescendantNodes()
            .Select(node => Enumerated(node, model))
            .OfType<ExpressionSyntax>()
            .Where(expression => IsTable(model.GetTypeInfo(expression).Type))
            .Select(expression => $"{tree.FilePath}:{LineOf(expression)} takes {expression} in hash order.");
    });

    private static int LineOf(ExpressionSyntax expression) =>
        expression.GetLocation().GetLineSpan().StartLinePosition.Line + 1;

    private static ExpressionSyntax? Enumerated(SyntaxNode node, SemanticModel model) => node switch
    {
        CommonForEachStatementSyntax loop => loop.Expression,
        SpreadElementSyntax spread => spread.Expression,
        FromClauseSyntax from => from.Expression,
        InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax call }
            when IsQuery(model.GetSymbolInfo(call).Symbol) => call.Expression,
        _ => null,
    };

    private static bool IsQuery(ISymbol? method) => method is { ContainingType: { } type }
        && !OrderFree.Contains(method.Name)
        && (type.ToDisplayString() == "System.Linq.Enumerable" || method.Name == "GetEnumerator");

    // The collections of keys and of values are nested in their table.
    private static bool IsTable(ITypeSymbol? type) =>
        type is not null && (Tables.Contains(type.Name) || IsTable(type.ContainingType));
}
