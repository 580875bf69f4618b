using System.Globalization;
using System.Xml.Linq;
using Fuzzing.Engine.Coverage;

namespace Fuzzing.Runner.Workers;

/// <summary>Coverage as Cobertura XML, which report generators and code reviews read. A line counts as reached when any block that has
/// a statement on it was.</summary>
internal static class CoberturaFile
{
    /// <summary>Writes the file.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="coverage">What was reached.</param>
    public static void Write(string path, CoverageMap coverage)
    {
        XElement packages = new("packages");
        foreach ((CounterMap map, bool[] reached) in coverage.Reached())
            packages.Add(Package(map, reached));
        new XDocument(new XElement("coverage", new XAttribute("version", "1"), new XElement("sources"), packages)).Save(path);
    }

    private static XElement Package(CounterMap map, bool[] reached)
    {
        var blocks = map.Blocks.Select((block, i) => (Block: block, Reached: reached[i])).Where(b => b.Block.FirstLine > 0);
        return new XElement(
            "package", new XAttribute("name", map.Assembly),
            new XElement("classes", blocks.GroupBy(b => (Type: TypeOf(b.Block.Method), b.Block.File)).Select(type => new XElement(
                "class", new XAttribute("name", type.Key.Type), new XAttribute("filename", type.Key.File),
                new XElement("methods", type.GroupBy(b => b.Block.Method).Select(method => new XElement(
                    "method", new XAttribute("name", NameOf(method.Key)), new XAttribute("signature", ""), Lines(method)))),
                Lines(type)))));
    }

    private static XElement Lines(IEnumerable<(CodeBlock Block, bool Reached)> blocks)
    {
        SortedDictionary<int, bool> lines = [];
        foreach ((CodeBlock block, bool reached) in blocks)
        {
            for (int line = block.FirstLine; line <= block.LastLine; line++)
                lines[line] = reached || lines.GetValueOrDefault(line);
        }
        return new XElement("lines", lines.Select(line => new XElement(
            "line", new XAttribute("number", line.Key.ToString(CultureInfo.InvariantCulture)), new XAttribute("hits", line.Value ? 1 : 0))));
    }

    private static string TypeOf(string method) => method[..Math.Max(0, method.LastIndexOf('.'))].TrimEnd('.');

    private static string NameOf(string method) => method[(method.LastIndexOf('.') + 1)..];
}
