using System.Runtime.InteropServices;

namespace Terminal;

/// <summary>
/// Turns the first Ctrl-C or SIGTERM into a request to stop in order. A later one ends the process as usual, but not within half a
/// second: timeout(1) signals the process and then its group, so that one request comes twice.
/// </summary>
internal sealed class StopSignal : IDisposable
{
    private const long SameRequestMilliseconds = 500;
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;
    private long _requestedAt;

    /// <summary>Begins to listen.</summary>
    public StopSignal() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, Take),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, Take),
    ];

    /// <summary>Cancelled when the process was asked to end.</summary>
    public CancellationToken Token => _source.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
            registration.Dispose();
        _source.Dispose();
    }

    private void Take(PosixSignalContext context)
    {
        long now = Environment.TickCount64;
        if (!_source.IsCancellationRequested)
            _requestedAt = now;
        context.Cancel = now - _requestedAt < SameRequestMilliseconds;
        _source.Cancel();
    }
}
