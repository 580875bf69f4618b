namespace Simulation.Engine.Fabric.Faults;

/// <summary>One fault. Rules are asked in the order in which they were added, about every chunk that is about to be delivered.</summary>
public interface IFaultRule
{
    /// <summary>Judges a chunk. A chunk that any rule puts off is judged again by all of them, so the answer has to follow from the
    /// context; a rule that draws, draws by a hash of the offset.</summary>
    /// <param name="context">The chunk.</param>
    /// <returns>What to do with it.</returns>
    public FaultDecision Decide(in FaultContext context);
}
