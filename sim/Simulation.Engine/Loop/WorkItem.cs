namespace Simulation.Engine.Loop;

/// <summary>A continuation that waits for its logical task to be chosen.</summary>
/// <param name="callback">An <see cref="Action{T}"/>, <see cref="SendOrPostCallback"/> or <see cref="TimerCallback"/> of object.</param>
/// <param name="state">Its argument.</param>
internal readonly struct WorkItem(Delegate callback, object? state)
{
    public void Invoke()
    {
        switch (callback)
        {
            case Action<object?> action:
                action(state);
                break;
            case SendOrPostCallback posted:
                posted(state);
                break;
            case TimerCallback timer:
                timer(state);
                break;
            default:
                throw new HarnessException($"a continuation of type {callback.GetType()}");
        }
    }
}
