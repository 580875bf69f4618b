using System.Reflection;
using System.Text.Json;
using Fuzzing.Engine.Coverage;
using Fuzzing.Instrumentation;
using Fuzzing.Targets;

namespace Reach.Tests;

/// <summary>
/// The reach gate: what neither the campaign, nor the schedules, nor the corpus, nor the fuzz targets reach of what ships stands in
/// <c>unreached.txt</c>, each line with its reason. A new line fails the test, and so does one that is reached by now.
/// </summary>
public sealed class ReachTests
{
    private const string Incoming = "incoming";
    private const string NoReason = "?";

    private static readonly string Root = FindRoot();
    private static readonly string List = Path.Combine(Root, "tests", "Reach.Tests", "unreached.txt");

    [Fact]
    public void Nothing_is_unreached_but_what_the_list_gives_a_reason_for()
    {
        Dictionary<UnreachedLine, string> listed = ReadList();
        IReadOnlyList<UnreachedLine> unreached = UnreachedLine.Of(Measure(), Root);

        // What to put in the place of the list: known reasons stay, new lines have none yet.
        string proposal = Path.Combine(AppContext.BaseDirectory, "unreached.txt");
        File.WriteAllLines(proposal, unreached.Select(line => line.ToText(listed.GetValueOrDefault(line, NoReason))));
        string[] grown = [.. unreached.Where(line => !listed.ContainsKey(line)).Select(line => $"reached by nothing: {line.Place}: {line.Source}")];
        string[] shrunk = [.. listed.Keys.Except(unreached).Select(line => $"reached, or gone: {line.Place}: {line.Source}")];
        Assert.True(
            grown.Length + shrunk.Length == 0, string.Join('\n', [$"{List} is out of date; {proposal} is not:", .. grown, .. shrunk]));
        Assert.All(listed, line => Assert.True(line.Value.Trim() is not ("" or NoReason), $"no reason: {line.Key}"));
    }

    private static CodeBlock[] Measure()
    {
        InstrumentedContext context = new(AppContext.BaseDirectory, [.. FuzzedAssemblies.Names, Incoming]);
        MethodInfo run = context.LoadFromAssemblyName(typeof(Workload).Assembly.GetName())
            .GetType(typeof(Workload).FullName!)!.GetMethod(nameof(Workload.Run))!;
        return JsonSerializer.Deserialize<CodeBlock[]>((string)run.Invoke(null, [Root])!)!;
    }

    // A reason a line; what begins with # is for people.
    private static Dictionary<UnreachedLine, string> ReadList() => File.ReadLines(List)
        .Where(text => text.Length > 0 && text[0] != '#')
        .Select(UnreachedLine.Parse)
        .ToDictionary(entry => entry.Line, entry => entry.Reason);

    private static string FindRoot()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Simulation.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("there is no Simulation.sln above the tests");
        return folder;
    }
}
