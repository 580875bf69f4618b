using Simulation.Source.Precopy;

namespace Simulation.Source.Postcopy;

/// <summary>Postcopy without connections: nothing is sent until a manager has it connected again.</summary>
internal sealed class PausedPhase(SourceSession session)
{
    public IEnumerable<SourceStep> Run()
    {
        session.Main.Abandon();
        session.Requests.Clear();
        session.Urgent?.Disconnected();
        session.Pause();
        while (session.Status != SourceStatus.PostcopyRecover)
            yield return new(SourceWait.Recovery, long.MaxValue);
    }
}
