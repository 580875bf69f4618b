using Simulation.Oracle;

namespace Oracle.Tests;

/// <summary>
/// The malformed corpus, written by another hand for <c>-M none -m 1M</c> with shared RAM:
/// <c>CODE--oddity--capabilities.bin</c>,
/// where the code <c>None</c> stands for a stream that is odd and accepted. The oracle must come to the same outcome.
/// </summary>
public sealed class MalformedCorpusTests
{
    private static readonly string Folder = Corpus.Folder("malformed");

    public static TheoryData<string> Names =>
        new(Directory.EnumerateFiles(Folder, "*.bin").Select(path => Path.GetFileNameWithoutExtension(path)).Order());

    [Theory]
    [MemberData(nameof(Names))]
    public void Oracle_agrees_on_the_outcome(string name)
    {
        string[] parts = name.Split("--");
        OracleVerdict verdict = new OracleReader().Read(new OracleInput
        {
            Machine = OracleMachine.None(new OracleBlock("ram", 1 << 20) { Shared = true }),
            Capabilities = parts.Length > 2 ? parts[2].Split(',') : [],
            Main = new OracleConnection(File.ReadAllBytes(Path.Combine(Folder, name + ".bin"))),
        });

        Assert.Equal(
            (parts[0] == "None", null), (verdict.Outcome == OracleOutcome.Accepted,
            parts[0] == "None" ? verdict.Fault : null));
    }
}
