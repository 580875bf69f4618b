using Fuzzing.Engine.Execution;
using Fuzzing.Runner.Workers;

namespace Fuzzing.Tests;

/// <summary>What the store keeps, and what a writer leaves that was killed.</summary>
public sealed class FindingStoreTests : IDisposable
{
    private static readonly Finding Hang = Finding.OfProperty("hang", "here", "a connection is still served");
    private readonly string _folder = Directory.CreateTempSubdirectory("store").FullName;

    private FindingStore Store => new(_folder);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Finding_is_named_by_signature_and_content_and_has_its_text()
    {
        string file = Store.Keep(Hang, "qmp", [1, 2, 3]);
        Assert.Matches($"^{Hang.Signature}-[0-9a-f]{{8}}$", Path.GetFileName(file));
        Assert.Equal(Hang.Signature, FindingStore.SignatureOf(file));
        Assert.Equal("hang: a connection is still served", FindingStore.SummaryOf(file));
        Assert.Equal([1, 2, 3], File.ReadAllBytes(file));
    }

    [Fact]
    public void Smaller_input_becomes_the_leader_and_the_larger_one_stays()
    {
        string large = Store.Keep(Hang, "qmp", [1, 2, 3]);
        string small = Store.Keep(Hang, "qmp", [1]);
        Assert.Equal(small, Store.Keep(Hang, "qmp", [4, 5, 6]));
        Assert.Equal([small], Store.Leaders());
        Assert.True(File.Exists(large));
        Assert.Equal(4, Directory.GetFiles(_folder).Length);
    }

    [Fact]
    public void What_a_killed_writer_left_is_no_finding_and_blocks_none()
    {
        string file = Store.Keep(Hang, "qmp", [1, 2, 3]);
        File.Delete(file);
        File.WriteAllBytes(Path.Combine(_folder, $".{Path.GetFileName(file)}.1"), [1]);
        Assert.Empty(Store.Leaders());
        Assert.Equal(file, Store.Keep(Hang, "qmp", [1, 2, 3]));
        Assert.Equal([file], Store.Leaders());
    }
}
