using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Destination.Hosting;

/// <summary>
/// What the destination tells its host while it works: the QMP server makes events of it, a simulation a trace to check. Called by
/// the task in which the thing happened, after it is visible to <c>query-migrate</c>; never once per page.
/// </summary>
public abstract class MigrationTrace
{
    /// <summary>A trace nobody reads.</summary>
    public static MigrationTrace None { get; } = new Silent();

    /// <summary>The incoming state changed (QMP event MIGRATION).</summary>
    /// <param name="from">The state left.</param>
    /// <param name="to">The state now visible.</param>
    public virtual void StatusChanged(MigrationStatus from, MigrationStatus to)
    {
    }

    /// <summary>The guest's run state changed (QMP events STOP and RESUME).</summary>
    /// <param name="from">The state left.</param>
    /// <param name="to">The state now visible.</param>
    public virtual void RunStateChanged(RunState from, RunState to)
    {
    }

    /// <summary>A section's header was read.</summary>
    /// <param name="type">Its type byte.</param>
    /// <param name="sectionId">Its id on the wire.</param>
    /// <param name="name">Its idstr.</param>
    /// <param name="offsetBytes">Absolute offset of the type byte.</param>
    public virtual void SectionStarted(SectionType type, uint sectionId, string name, long offsetBytes)
    {
    }

    /// <summary>A command was accepted.</summary>
    /// <param name="command">The command.</param>
    /// <param name="offsetBytes">Absolute offset of its section type byte.</param>
    public virtual void CommandReceived(CommandType command, long offsetBytes)
    {
    }

    /// <summary>A message was sent to the source.</summary>
    /// <param name="type">The message.</param>
    /// <param name="value">Its payload, or 0.</param>
    public virtual void ReturnPathMessageSent(ReturnPathMessageType type, uint value)
    {
    }

    /// <summary>A connection was turned away; the listener goes on.</summary>
    /// <param name="channel">Its name.</param>
    /// <param name="reason">Why, one clause.</param>
    public virtual void ConnectionRefused(string channel, string reason)
    {
    }

    /// <summary>Something odd that QEMU prints and accepts.</summary>
    /// <param name="message">One sentence.</param>
    public virtual void Warning(string message)
    {
    }

    private sealed class Silent : MigrationTrace;
}
