namespace Qemu.Migration.Destination.ReturnPath;

/// <summary>
/// Decides when the source is told that it may switch over (SWITCHOVER_ACK, stream reference, section 6.2).
/// <code>
/// legacy source (machine types up to 11.0)   waits for one ACK, whatever the devices: it gets it when it opens the return path
/// modern source (from 11.1 on)               waits for one ACK for each device that asks for it: no device here asks, so none is sent
/// unknown (machine without a version)        gets the ACK once it waits: rounds without a page, and no switchover
/// </code>
/// </summary>
/// <remarks>Measured: a modern source that gets an ACK that it does not wait for fails with "Switchover ack pending num underflowed" and
/// runs on. If it has sent everything by then, its guest runs twice. A legacy source without its ACK sends empty rounds for ever. A
/// modern one that has nothing to send switches over at once, so it never sends several empty rounds.</remarks>
/// <param name="isEnabled">Whether capability <c>switchover-ack</c> is on.</param>
/// <param name="isLegacy">Property <c>switchover-ack-legacy</c>; null where it is not known.</param>
internal sealed class SwitchoverAck(bool isEnabled, bool? isLegacy)
{
    /// <summary>Rounds without a page after which the source is known to wait.</summary>
    private const int IdleRounds = 3;

    private ReturnPathWriter? _pending;
    private long _pages;
    private int _idleRounds;

    /// <summary>The source has opened the return path.</summary>
    /// <param name="returnPath">The return path.</param>
    public async ValueTask OpenAsync(ReturnPathWriter returnPath)
    {
        if (!isEnabled || isLegacy == false)
            return;
        if (isLegacy == true)
            await returnPath.SwitchoverAckAsync();
        else
            _pending = returnPath;
    }

    /// <summary>The source has ended a round in a PART section.</summary>
    /// <param name="pages">Pages received so far on all channels. With multifd all channels are at their sync barrier, so that the
    /// number does not depend on timing.</param>
    public async ValueTask RoundEndedAsync(long pages)
    {
        _idleRounds = pages == _pages ? _idleRounds + 1 : 0;
        _pages = pages;
        if (_pending is not { } returnPath || _idleRounds < IdleRounds)
            return;
        _pending = null;
        await returnPath.SwitchoverAckAsync();
    }
}
