using Simulation.Campaigns;
using Simulation.Scenarios;
using Simulation.Scenarios.Tokens;

namespace Simulation.Tests.Campaigns;

public sealed class FindingFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("findings").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Finding_is_kept_as_a_file_that_replays_it()
    {
        string file = new FindingFolder(_folder).Keep(new CampaignCase(7), new CampaignFinding(7, Verdict.Violated, "EveryRunEnds", "it hangs"))!.Replay;
        Assert.Contains(new ReplayToken(7).ToString(), File.ReadAllText(file));
    }

    [Fact]
    public void Finding_that_no_file_can_take_is_told_with_its_token()
    {
        string blocked = Path.Combine(_folder, "file");
        File.WriteAllText(blocked, "");
        KeptFinding kept = new FindingFolder(Path.Combine(blocked, "findings"))
            .Keep(new CampaignCase(7), new CampaignFinding(7, Verdict.Violated, "EveryRunEnds", "it hangs"))!;
        Assert.StartsWith($"{new ReplayToken(7)}, not written: ", kept.ToString());
        Assert.Equal($"{new ReplayToken(7)}", kept.Replay);
    }
}
