using Simulation.Engine.Probes;

namespace Simulation.Engine.Tests.Probes;

public sealed class ProbeTests
{
    [Fact]
    public void Blind_spots_are_the_probes_that_never_fired()
    {
        var catalogue = new ProbeCatalogue();
        Probe hit = catalogue.Register("hit");
        Probe missed = catalogue.Register("missed");
        Probe rare = catalogue.Register("rare", isRare: true);
        Probe last = catalogue.Register("last");
        var all = new ProbeCounts(catalogue);
        for (int run = 0; run < 3; run++)
            all.Hit(hit);
        all.Hit(last);

        Assert.Equal(3, all[hit]);
        Assert.Equal([hit.Id, last.Id], all.Fired());
        Assert.Equal([missed], all.BlindSpots());
        Assert.Equal([missed, rare], all.BlindSpots(includeRare: true));

        all.Clear();
        Assert.Equal([hit, missed, last], all.BlindSpots());
        Assert.Empty(all.Fired());
    }

    [Fact]
    public void Name_is_registered_once()
    {
        var catalogue = new ProbeCatalogue();
        catalogue.Register("hit");

        Assert.Throws<ArgumentException>(() => catalogue.Register("hit"));
    }
}
