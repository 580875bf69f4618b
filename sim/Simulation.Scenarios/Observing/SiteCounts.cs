namespace Simulation.Scenarios.Observing;

/// <summary>How often the places where multifd tasks meet were passed, and who came last.</summary>
public sealed class SiteCounts
{
    private int _arrived;

    /// <summary>How often main came to a meeting before all channels had.</summary>
    public int MainWaited { get; private set; }

    /// <summary>How often the last channel came to a meeting after main, so that channels waited less than main; the others are
    /// meetings where channels waited.</summary>
    public int ChannelsWaited { get; private set; }

    /// <summary>Notes that a task passes a place.</summary>
    /// <param name="site">The place.</param>
    /// <param name="channelCount">How many channels meet.</param>
    public void Pass(string site, int channelCount)
    {
        switch (site)
        {
            case "multifd/arrive":
                _arrived++;
                break;
            case "multifd/sync" when _arrived < channelCount:
                MainWaited++;
                _arrived -= channelCount;
                break;
            case "multifd/sync":
                ChannelsWaited++;
                _arrived -= channelCount;
                break;
        }
    }

    /// <summary>Starts again for another run.</summary>
    public void Clear() => _arrived = MainWaited = ChannelsWaited = 0;
}
