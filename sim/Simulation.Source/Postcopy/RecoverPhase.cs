using System.Text;
using Qemu.Migration.Wire;
using Simulation.Source.Guest;
using Simulation.Source.Precopy;

namespace Simulation.Source.Postcopy;

/// <summary>
/// A new connection of a paused migration, without header (stream reference, section 6.5). The destination says of each block what it
/// has; the rest is to send, whatever was sent before:
/// <code>
/// -> RECV_BITMAP*   &lt;- RECV_BITMAP with the bitmap, for each   (preempt channel)   -> RESUME   &lt;- RESUME_ACK
/// </code>
/// </summary>
internal sealed class RecoverPhase(SourceSession session)
{
    public IEnumerable<SourceStep> Run()
    {
        session.Ram.BeginConnection();
        byte[] payload = new byte[1 + Limits.NameBytes];
        foreach (GuestBlock block in session.Guest.Ram.Blocks)
        {
            session.ReturnPath.AwaitBitmap(block);
            int count = CommandPayload.Write(payload, Encoding.ASCII.GetBytes(block.Name));
            session.Savevm.WriteCommand(CommandType.RecvBitmap, payload.AsSpan(0, count));
        }

        session.Main.Flush();
        yield return new(SourceWait.Flush);
        while (session.ReturnPath.AwaitsBitmaps)
            yield return new(SourceWait.ReturnPath, long.MaxValue);
        foreach (SourceStep step in SwitchoverPhase.ConnectPreempt(session))
            yield return step;

        session.ReturnPath.AwaitResume();
        session.Savevm.WriteCommand(CommandType.PostcopyResume);
        session.Main.Flush();
        yield return new(SourceWait.Flush);
        while (session.ReturnPath.AwaitsResume)
            yield return new(SourceWait.ReturnPath, long.MaxValue);
        session.Counters.Recoveries++;
        session.MoveTo(SourceStatus.PostcopyActive);
        session.Bandwidth.Start(session.Now, session.Flushed);
    }
}
