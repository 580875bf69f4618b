using Simulation.Engine.Fabric.Faults;

namespace Simulation.Engine.Fabric;

/// <summary>What rules do to chunks on their way: the slow path of a delivery, taken only where there are rules.</summary>
internal sealed partial class Pipe
{
    private bool TryDeliverUnderFaults(Chunk chunk)
    {
        long start = DeliveredBytes;
        var context = new FaultContext(
            _connection, Direction, start, (int)(chunk.EndBytes - start), chunk.ArrivalNanoseconds, _loop.NowNanoseconds);
        ReadOnlySpan<FaultDecision> decisions = _faults.Judge(context);
        if (IsPutOff(decisions))
            return false;

        long end = chunk.EndBytes;
        FaultAction ending = FaultAction.Pass;
        foreach (FaultDecision decision in decisions)
        {
            if (ending == FaultAction.Pass && decision.Action is FaultAction.Truncate or FaultAction.Reset)
                (ending, end) = (decision.Action, Verified(decision.Value, start, chunk.EndBytes));
        }

        foreach (FaultDecision decision in decisions)
        {
            if (decision.Action == FaultAction.Corrupt && Verified(decision.Value, start, chunk.EndBytes - 1) < end)
                Corrupt(decision.Value, decision.Mask);
        }

        if (!DeliverTo(end, chunk.IsEnd && ending == FaultAction.Pass) || ending == FaultAction.Pass)
            return !_connection.IsReset;
        if (ending == FaultAction.Truncate)
            Cut();
        else
            _connection.Reset(Direction);
        return false;
    }

    private bool IsPutOff(ReadOnlySpan<FaultDecision> decisions)
    {
        long now = _loop.NowNanoseconds;
        long until = now;
        bool isHeld = false;
        foreach (FaultDecision decision in decisions)
        {
            isHeld |= decision.Action == FaultAction.Hold;
            if (decision.Action == FaultAction.NotBefore)
                until = Math.Max(until, decision.Value);
        }

        if (!isHeld && until == now)
            return false;
        if (!_isPutOff)
            _connection.AddDamage(isHeld ? DamageKind.Held : DamageKind.Delayed, Direction, DeliveredBytes);
        _isPutOff = true;
        if (!isHeld)
            _loop.Schedule(this, until);
        return true;
    }

    private void Corrupt(long offset, byte mask)
    {
        ref byte target = ref _log.At(offset);
        byte before = target;
        target ^= mask;
        _connection.AddDamage(DamageKind.Corrupted, Direction, offset, before, target);
    }

    private long Verified(long offset, long minimum, long maximum) =>
        offset >= minimum && offset <= maximum
            ? offset
            : throw new HarnessException($"a fault rule answered offset {offset} for a chunk from {minimum} to {maximum}");
}
