using Qemu.Migration.Destination.Hosting;
using Simulation.Schedules.Models;

namespace Simulation.Schedules.Running;

/// <summary>The destination's world in a model: where a host says who goes when.</summary>
internal abstract class ModelEnvironment : DestinationEnvironment
{
    private readonly PageOwners _owners;
    private readonly ModelKind _kind;

    /// <summary>Makes a world.</summary>
    /// <param name="model">What runs in it.</param>
    protected ModelEnvironment(ScheduleModel model)
    {
        _owners = new(model.Ram.Length / model.Machine.PageSizeBytes, this);
        _kind = model.Kind;
        Witness = new(_owners);
    }

    /// <summary>Sees everything.</summary>
    public RunWitness Witness { get; }

    /// <inheritdoc/>
    public override MigrationTrace Trace => Witness;

    /// <inheritdoc/>
    public override GuestPageWatch PageWatch => _owners;

    /// <inheritdoc/>
    public override GuestProgram? Guest => Program;

    /// <summary>The run's guest; null where it does nothing.</summary>
    public ModelGuest? Program { get; set; }

    /// <inheritdoc/>
    public override GuestMemoryRegion MapGuestMemory(string name, long lengthBytes) =>
        _kind == ModelKind.WrittenThrough ? new ModelRegion(this, lengthBytes) : base.MapGuestMemory(name, lengthBytes);

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
