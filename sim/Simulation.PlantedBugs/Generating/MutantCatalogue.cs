using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;
using Simulation.Engine.Choices;
using Simulation.PlantedBugs.Compiling;

namespace Simulation.PlantedBugs.Generating;

/// <summary>All mutants: what the rules make of the source of <c>Wire</c> and <c>Destination</c>. Most of them compile.</summary>
public static class MutantCatalogue
{
    // Documentation in the form of code: nothing in it runs but for the tests.
    private static readonly string[] Documentation = ["src/Qemu.Migration.Destination/Deviations.cs"];

    /// <summary>Makes all mutants.</summary>
    /// <param name="compiler">Has the source.</param>
    /// <returns>The mutants, in the order of their files and places.</returns>
    public static IReadOnlyList<Mutant> All(DestinationCompiler compiler)
    {
        ArgumentNullException.ThrowIfNull(compiler);
        List<Mutant> all = [];
        HashSet<string> ids = [];
        foreach (SyntaxTree tree in compiler.Sources.Where(tree => !Documentation.Contains(tree.FilePath)))
        {
            foreach (RuleChange change in MutantRules.In(tree))
            {
                if (ToMutant(tree, change, ids) is { } mutant)
                    all.Add(mutant);
            }
        }

        return all;
    }

    /// <summary>Draws some of them.</summary>
    /// <param name="compiler">Sees whether a mutant compiles; one that does not is passed over.</param>
    /// <param name="seed">Decides which.</param>
    /// <returns>Mutants in the order drawn; each is checked when it is asked for.</returns>
    public static IEnumerable<Mutant> Draw(DestinationCompiler compiler, ulong seed)
    {
        Mutant[] all = [.. All(compiler)];
        new Prng(seed).Shuffle<Mutant>(all);
        return all.Where(mutant => Compiles(compiler, mutant));
    }

    private static bool Compiles(DestinationCompiler compiler, Mutant mutant)
    {
        try
        {
            compiler.Check(mutant.Bug);
            return true;
        }
        catch (PlantingException)
        {
            return false;
        }
    }

    private static Mutant? ToMutant(SyntaxTree tree, RuleChange change, HashSet<string> ids)
    {
        SourceText text = tree.GetText();
        TextLine first = text.Lines.GetLineFromPosition(change.Span.Start);
        TextLine last = text.Lines.GetLineFromPosition(change.Span.End);
        string whole = text.ToString();
        string before = whole[first.Start..last.End];
        string after = string.Concat(whole.AsSpan(first.Start, change.Span.Start - first.Start), change.Replacement, whole.AsSpan(change.Span.End, last.End - change.Span.End));
        string? id = NewId(tree, change, before, after, ids);
        if (id is null || Unique(text, whole, first.LineNumber, last.LineNumber) is not var (start, end))
            return null;
        PlantedBug bug = new()
        {
            Id = id,
            Title = $"{change.Rule}: {whole[change.Span.Start..change.Span.End]} is {change.Replacement}",
            Source = "rule",
            Kind = BugKind.Hang,
            File = tree.FilePath,
            Snippet = whole[start..end],
            Replacement = string.Concat(whole.AsSpan(start, first.Start - start), after, whole.AsSpan(last.End, end - last.End)),
        };
        return new(bug, change.Rule, first.LineNumber + 1, before, after);
    }

    // Named by the member that it is in and by what changes; the second of two alike gets a number.
    private static string? NewId(SyntaxTree tree, RuleChange change, string before, string after, HashSet<string> ids)
    {
        MemberDeclarationSyntax? member = tree.GetRoot().FindNode(change.Span).AncestorsAndSelf()
            .OfType<MemberDeclarationSyntax>().FirstOrDefault();
        string name = member switch
        {
            MethodDeclarationSyntax method => method.Identifier.Text,
            PropertyDeclarationSyntax property => property.Identifier.Text,
            _ => "",
        };
        for (int number = 0; number < 16; number++)
        {
            ulong hash = StableHash.OfText($"{tree.FilePath} {name} {before.Trim()} {after.Trim()} {number}");
            string id = string.Create(CultureInfo.InvariantCulture, $"m-{hash >> 32:x8}");
            if (ids.Add(id))
                return id;
        }

        return null;
    }

    // Whole lines around the change that occur once in the file.
    private static (int Start, int End)? Unique(SourceText text, string whole, int first, int last)
    {
        while (true)
        {
            (int start, int end) = (text.Lines[first].Start, text.Lines[last].End);
            string lines = whole[start..end];
            if (whole.IndexOf(lines, StringComparison.Ordinal) == start
                && whole.IndexOf(lines, start + 1, StringComparison.Ordinal) < 0)
                return (start, end);
            if (first == 0 && last == text.Lines.Count - 1)
                return null;
            first = Math.Max(0, first - 1);
            last = Math.Min(text.Lines.Count - 1, last + 1);
        }
    }
}
