using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Simulation.PlantedBugs.Generating;

/// <summary>A change that a rule makes: a stretch of the source and what stands there instead.</summary>
/// <param name="Rule">The rule: "operator", "constant", "condition", "removed statement", "swapped calls".</param>
/// <param name="Span">The stretch.</param>
/// <param name="Replacement">What stands there instead.</param>
internal readonly record struct RuleChange(string Rule, TextSpan Span, string Replacement);

/// <summary>Finds the places of a file that the rules change. What only explains (messages, names, invariants, checks of a caller's
/// arguments) is left alone.</summary>
internal sealed class MutantRules : CSharpSyntaxWalker
{
    private static readonly Dictionary<SyntaxKind, string> Operators = new()
    {
        [SyntaxKind.PlusToken] = "-", [SyntaxKind.MinusToken] = "+", [SyntaxKind.AsteriskToken] = "+", [SyntaxKind.SlashToken] = "*",
        [SyntaxKind.PercentToken] = "/", [SyntaxKind.LessThanLessThanToken] = ">>", [SyntaxKind.GreaterThanGreaterThanToken] = "<<",
        [SyntaxKind.AmpersandToken] = "|", [SyntaxKind.BarToken] = "&", [SyntaxKind.CaretToken] = "|",
        [SyntaxKind.LessThanToken] = "<=", [SyntaxKind.LessThanEqualsToken] = "<", [SyntaxKind.GreaterThanToken] = ">=",
        [SyntaxKind.GreaterThanEqualsToken] = ">", [SyntaxKind.EqualsEqualsToken] = "!=", [SyntaxKind.ExclamationEqualsToken] = "==",
        [SyntaxKind.AmpersandAmpersandToken] = "||", [SyntaxKind.BarBarToken] = "&&", [SyntaxKind.PlusEqualsToken] = "-=",
        [SyntaxKind.MinusEqualsToken] = "+=", [SyntaxKind.BarEqualsToken] = "=", [SyntaxKind.AmpersandEqualsToken] = "=",
        [SyntaxKind.PlusPlusToken] = "--", [SyntaxKind.MinusMinusToken] = "++",
    };

    private static readonly string[] Explaining = ["Invariant", "ArgumentNullException", "ArgumentException", "ArgumentOutOfRangeException", "GC"];

    private readonly List<RuleChange> _changes = [];

    /// <summary>All changes of a file, in the order of their places.</summary>
    /// <param name="tree">The file.</param>
    /// <returns>The changes.</returns>
    public static IReadOnlyList<RuleChange> In(SyntaxTree tree)
    {
        MutantRules rules = new();
        rules.Visit(tree.GetRoot());
        return rules._changes;
    }

    public override void VisitAttributeList(AttributeListSyntax node)
    {
    }

    public override void VisitInterpolatedStringExpression(InterpolatedStringExpressionSyntax node)
    {
    }

    public override void VisitThrowStatement(ThrowStatementSyntax node)
    {
    }

    public override void VisitThrowExpression(ThrowExpressionSyntax node)
    {
    }

    public override void VisitInvocationExpression(InvocationExpressionSyntax node)
    {
        if (!Explains(node))
            base.VisitInvocationExpression(node);
    }

    public override void VisitBinaryExpression(BinaryExpressionSyntax node)
    {
        if (node.Left is not LiteralExpressionSyntax { RawKind: (int)SyntaxKind.StringLiteralExpression })
            Replace("operator", node.OperatorToken);
        if (node.IsKind(SyntaxKind.LogicalAndExpression) || node.IsKind(SyntaxKind.LogicalOrExpression))
        {
            Add("condition", node.Span, node.Left.ToString());
            Add("condition", node.Span, node.Right.ToString());
        }

        base.VisitBinaryExpression(node);
    }

    public override void VisitBinaryPattern(BinaryPatternSyntax node)
    {
        Add("condition", node.Span, node.Left.ToString());
        Add("condition", node.Span, node.Right.ToString());
        base.VisitBinaryPattern(node);
    }

    public override void VisitRelationalPattern(RelationalPatternSyntax node)
    {
        Replace("operator", node.OperatorToken);
        base.VisitRelationalPattern(node);
    }

    public override void VisitUnaryPattern(UnaryPatternSyntax node)
    {
        Add("condition", node.Span, node.Pattern.ToString());
        base.VisitUnaryPattern(node);
    }

    public override void VisitAssignmentExpression(AssignmentExpressionSyntax node)
    {
        Replace("operator", node.OperatorToken);
        base.VisitAssignmentExpression(node);
    }

    public override void VisitPrefixUnaryExpression(PrefixUnaryExpressionSyntax node)
    {
        if (node.OperatorToken.Kind() is SyntaxKind.ExclamationToken or SyntaxKind.MinusToken or SyntaxKind.TildeToken)
            Add("operator", node.OperatorToken.Span, "");
        else
            Replace("operator", node.OperatorToken);
        base.VisitPrefixUnaryExpression(node);
    }

    public override void VisitPostfixUnaryExpression(PostfixUnaryExpressionSyntax node)
    {
        Replace("operator", node.OperatorToken);
        base.VisitPostfixUnaryExpression(node);
    }

    public override void VisitLiteralExpression(LiteralExpressionSyntax node)
    {
        switch (node.Kind())
        {
            case SyntaxKind.NumericLiteralExpression:
                Add("constant", node.Span, node.Token.Text is "0" ? "1" : $"({node.Token.Text} + 1)");
                break;
            case SyntaxKind.TrueLiteralExpression:
                Add("constant", node.Span, "false");
                break;
            case SyntaxKind.FalseLiteralExpression:
                Add("constant", node.Span, "true");
                break;
            case SyntaxKind.StringLiteralExpression when IsWord(node.Token.ValueText):
                Add("constant", node.Span, $"\"{node.Token.ValueText}-x\"");
                break;
        }
    }

    public override void VisitConditionalExpression(ConditionalExpressionSyntax node)
    {
        Add("condition", node.Span, $"{node.Condition} ? {node.WhenFalse} : {node.WhenTrue}");
        base.VisitConditionalExpression(node);
    }

    public override void VisitIfStatement(IfStatementSyntax node)
    {
        Add("condition", node.Condition.Span, $"!({node.Condition})");
        if (node.Else is null && node.Parent is BlockSyntax)
            Add("removed statement", node.Span, ";");
        base.VisitIfStatement(node);
    }

    public override void VisitWhileStatement(WhileStatementSyntax node)
    {
        Add("condition", node.Condition.Span, $"!({node.Condition})");
        base.VisitWhileStatement(node);
    }

    public override void VisitExpressionStatement(ExpressionStatementSyntax node)
    {
        if (node.Expression is InvocationExpressionSyntax call && Explains(call))
            return;
        Add("removed statement", node.Span, ";");
        base.VisitExpressionStatement(node);
    }

    public override void VisitBlock(BlockSyntax node)
    {
        for (int i = 1; i < node.Statements.Count; i++)
        {
            if (node.Statements[i - 1] is ExpressionStatementSyntax first && node.Statements[i] is ExpressionStatementSyntax second)
                Add("swapped calls", TextSpan.FromBounds(first.SpanStart, second.Span.End), $"{second} {first}");
        }

        base.VisitBlock(node);
    }

    // Calls whose arguments only say why something cannot be, or check what a caller passes.
    private static bool Explains(InvocationExpressionSyntax call) => call.Expression switch
    {
        IdentifierNameSyntax name => name.Identifier.Text == "nameof",
        MemberAccessExpressionSyntax { Expression: { } owner } => Explaining.Contains(owner.ToString().Split('.')[^1]),
        _ => false,
    };

    private static bool IsWord(string text) => text.Length > 0 && text.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-' or '_');

    private void Replace(string rule, SyntaxToken token)
    {
        if (Operators.TryGetValue(token.Kind(), out string? other))
            Add(rule, token.Span, other);
    }

    private void Add(string rule, TextSpan span, string replacement) => _changes.Add(new(rule, span, replacement));
}
