using Qemu.Migration.Destination.Hosting;

namespace Simulation.Schedules.Running;

/// <summary>The destination's world in a model: where a host says who goes when.</summary>
internal abstract class ModelEnvironment : DestinationEnvironment
{
    private readonly PageOwners _owners;

    /// <summary>Makes a world.</summary>
    /// <param name="pageCount">Pages of the guest's one block.</param>
    protected ModelEnvironment(int pageCount)
    {
        _owners = new(pageCount, this);
        Witness = new(_owners);
    }

    /// <summary>Sees everything.</summary>
    public RunWitness Witness { get; }

    /// <inheritdoc/>
    public override MigrationTrace Trace => Witness;

    /// <inheritdoc/>
    public override GuestPageWatch PageWatch => _owners;

    /// <summary>The name of the task that calls.</summary>
    public abstract string CurrentTask { get; }

    /// <summary>A place in the middle of a page's write, where a host that has several threads lets another run.</summary>
    public virtual void Interleave()
    {
    }

    /// <summary>Makes a point behind which a channel takes its bytes.</summary>
    /// <param name="site">A stable name of the place.</param>
    /// <param name="take">Takes them, and says how many.</param>
    /// <returns>To be called for each read.</returns>
    public abstract Func<ValueTask<int>> ReadPoint(string site, Func<int> take);
}
