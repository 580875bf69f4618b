namespace Qemu.Migration.Destination.Hosting;

/// <summary>What tasks of the destination wait for, by <see cref="DestinationEnvironment.WaitFor"/>.</summary>
internal static class Signals
{
    /// <summary>Makes a signal. Who gives it does not run those that wait for it.</summary>
    /// <returns>The signal.</returns>
    public static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
