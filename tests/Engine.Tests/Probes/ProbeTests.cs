using Simulation.Engine.Probes;

namespace Simulation.Engine.Tests.Probes;

public sealed class ProbeTests
{
    [Fact]
    public void Blind_spots_are_the_probes_that_no_merged_run_hit()
    {
        var catalogue = new ProbeCatalogue();
        Probe hit = catalogue.Register("hit");
        Probe missed = catalogue.Register("missed");
        Probe rare = catalogue.Register("rare", isRare: true);
        var all = new ProbeCounts(catalogue);
        for (int run = 0; run < 3; run++)
        {
            var counts = new ProbeCounts(catalogue);
            counts.Hit(hit);
            all.Merge(counts);
        }

        Assert.Equal(3, all[hit]);
        Assert.Equal([missed], all.BlindSpots());
        Assert.Equal([missed, rare], all.BlindSpots(includeRare: true));

        all.Clear();
        Assert.Equal([hit, missed], all.BlindSpots());
    }

    [Fact]
    public void Name_is_registered_once_and_counts_of_another_catalogue_do_not_merge()
    {
        var catalogue = new ProbeCatalogue();
        catalogue.Register("hit");

        Assert.Throws<ArgumentException>(() => catalogue.Register("hit"));
        Assert.Throws<ArgumentException>(() => new ProbeCounts(catalogue).Merge(new ProbeCounts(new ProbeCatalogue())));
    }
}
