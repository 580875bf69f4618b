using Qemu.Migration.Wire;
using Simulation.Source.Precopy;
using Simulation.Source.Savevm;

namespace Simulation.Source.Postcopy;

/// <summary>While the guest runs at the destination: its pages follow, those first that it asks for; then END and EOF, and SHUT comes
/// back.</summary>
internal sealed class PostcopyPhase(SourceSession session, PageSender sender)
{
    private readonly SavevmWriter _savevm = session.Savevm;
    private readonly uint _ramId = session.Machine.RamSectionId;

    public IEnumerable<SourceStep> Run()
    {
        while (session.Ram.RemainingBytes > 0)
        {
            foreach (SourceStep step in Iterate())
                yield return step;
        }

        _savevm.OpenSection(SectionType.End, _ramId);
        sender.CloseRam();
        session.Urgent?.End();

        // A destination closes its channels when main has ended, whether or not it has read this EOS.
        while (session.Urgent is { IsEnding: true })
            yield return new(SourceWait.Preempt, long.MaxValue);
        _savevm.WriteEndOfStream();
        session.Main.Flush();
        yield return new(SourceWait.Flush);
        while (session.ReturnPath.Shut is null)
            yield return new(SourceWait.ReturnPath, long.MaxValue);
    }

    private IEnumerable<SourceStep> Iterate()
    {
        BandwidthWindow bandwidth = session.Bandwidth;
        _savevm.OpenSection(SectionType.Part, _ramId);
        foreach (SourceStep step in sender.PushPages())
            yield return step;
        sender.CloseRam();
        session.Ram.Count(RamFlags.HeaderBytes);
        yield return new(SourceWait.Flush);
        bandwidth.Update(session.Now, session.Flushed);
        while (bandwidth.IsExceeded(session.Flushed) && !sender.HasRequests)
        {
            yield return new(SourceWait.ReturnPath, bandwidth.EndNanoseconds);
            bandwidth.Update(session.Now, session.Flushed);
        }
    }
}
