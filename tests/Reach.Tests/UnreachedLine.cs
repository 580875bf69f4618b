using Fuzzing.Engine.Coverage;

namespace Reach.Tests;

/// <summary>A line of source with blocks that nothing reaches. It is known by its text, so that the list outlives edits elsewhere.</summary>
/// <param name="Place">File and method: <c>Multifd/MultifdReceiver.cs ReceivePacketAsync</c>.</param>
/// <param name="Source">The line's text.</param>
internal sealed record UnreachedLine(string Place, string Source)
{
    private const string Separator = " | ";

    // Of the executable only what parses: the rest is the operating system's, and is tested as a process. Channels have a contract of
    // their own.
    private static readonly string[] ParsersOfIncoming = ["RecordedFolder.cs"];

    /// <summary>The lines of blocks.</summary>
    /// <param name="blocks">Blocks that nothing reaches.</param>
    /// <param name="root">The root of the repository.</param>
    /// <returns>One for each line, in order; blocks without a line are the compiler's own.</returns>
    public static IReadOnlyList<UnreachedLine> Of(IEnumerable<CodeBlock> blocks, string root)
    {
        Dictionary<string, string[]> sources = [];
        HashSet<UnreachedLine> lines = [];
        foreach (CodeBlock block in blocks)
        {
            if (block.FirstLine == 0 || RelativeToSource(block.File, root) is not { } path || !IsMeasured(path))
                continue;
            if (!sources.TryGetValue(path, out string[]? source))
                sources.Add(path, source = File.ReadAllLines(Path.Combine(root, "src", path)));
            string method = block.Method[(block.Method.LastIndexOf('.') + 1)..];
            UnreachedLine line = new($"{path} {method}", source[block.FirstLine - 1].Trim());
            if (!IsOfCompilerOrCollector(method, line.Source))
                lines.Add(line);
        }

        return [.. lines.OrderBy(line => line.Place, StringComparer.Ordinal).ThenBy(line => line.Source, StringComparer.Ordinal)];
    }

    // A build in CI names its sources by a root that is the same on every machine. What a generator made stands under obj.
    private static string? RelativeToSource(string file, string root)
    {
        const string deterministicRoot = "/_/src/";
        string source = Path.Combine(root, "src") + "/";
        string? prefix = file.StartsWith(deterministicRoot, StringComparison.Ordinal) ? deterministicRoot
            : file.StartsWith(source, StringComparison.Ordinal) ? source : null;
        return prefix is null || file.Contains("/obj/", StringComparison.Ordinal) ? null : file[prefix.Length..];
    }

    private static bool IsMeasured(string path) => path.StartsWith("Qemu.Migration.Wire/", StringComparison.Ordinal)
        || path.StartsWith("Qemu.Migration.Destination/", StringComparison.Ordinal)
        || (path.StartsWith("Qemu.Migration.Incoming.Parsing/", StringComparison.Ordinal) && !path.Contains("/Channels/", StringComparison.Ordinal))
        || (path.StartsWith("Qemu.Migration.Incoming/", StringComparison.Ordinal) && ParsersOfIncoming.Contains(Path.GetFileName(path)));

    // A record's copy constructor stands at its declaration; when a finalizer runs is the garbage collector's affair.
    private static bool IsOfCompilerOrCollector(string method, string source) =>
        method == "Finalize" || (method == "ctor" && source.Contains("record ", StringComparison.Ordinal));

    /// <summary>Reads a line of the list.</summary>
    /// <param name="text"><c>reason | place | source</c>.</param>
    /// <returns>The line, and why nothing reaches it.</returns>
    public static (UnreachedLine Line, string Reason) Parse(string text)
    {
        string[] parts = text.Split(Separator, 3);
        return parts.Length == 3
            ? (new(parts[1], parts[2]), parts[0])
            : throw new FormatException($"'{text}' does not read reason{Separator}place{Separator}source");
    }

    /// <summary>The line as the list has it.</summary>
    /// <param name="reason">Why nothing reaches it.</param>
    /// <returns>What <see cref="Parse"/> reads.</returns>
    public string ToText(string reason) => string.Join(Separator, reason, Place, Source);
}
