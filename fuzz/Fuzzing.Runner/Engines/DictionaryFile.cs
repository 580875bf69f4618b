using Fuzzing.Targets;

namespace Fuzzing.Runner.Engines;

/// <summary>The words of a target as libFuzzer and AFL++ read them: one a line, in quotes, each byte as two hexadecimal digits.</summary>
internal static class DictionaryFile
{
    /// <summary>Writes the file.</summary>
    /// <param name="file">Where to.</param>
    /// <param name="target">The target's name.</param>
    /// <param name="mostBytes">Longer words are left out.</param>
    /// <returns>Whether there are any words: neither engine takes a dictionary without.</returns>
    public static bool Write(string file, string target, int mostBytes = int.MaxValue)
    {
        string[] lines =
        [
            .. TargetCatalogue.Create(target)!.Format.Dictionary
                .Where(word => word.Length > 0 && word.Length <= mostBytes)
                .Select(word => $"\"{string.Concat(word.Select(b => $"\\x{b:x2}"))}\""),
        ];
        File.WriteAllLines(file, ["# Made of the constants of the wire, see WireWords.", .. lines]);
        return lines.Length > 0;
    }
}
