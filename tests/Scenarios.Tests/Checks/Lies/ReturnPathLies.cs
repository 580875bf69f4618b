using Qemu.Migration.Destination;
using Qemu.Migration.Wire;
using Simulation.Scenarios;
using Simulation.Scenarios.Checks;
using Simulation.Scenarios.Observing;

namespace Scenarios.Tests.Checks.Lies;

internal static class ReturnPathLies
{
    public static IEnumerable<Doctoring> All =>
    [
        Lie("SHUT(0) after a failed migration", Samples.Deviant, run =>
        {
            run.ReturnPath[^1] = run.ReturnPath[^1] with { Value = 0 };
            return $"SHUT(0) was sent at {run.ReturnPath[^1].TimeNanoseconds} ns and the migration is Failed";
        }),
        Lie("SHUT(0) before the status said so", Samples.Precopy, run =>
        {
            run.ReturnPath[^1] = run.ReturnPath[^1] with { Order = run.End!.Value.Order - 1 };
            return $"SHUT(0) was sent at {run.ReturnPath[^1].TimeNanoseconds} ns, before the status said so";
        }),
        Lie("SHUT(1) before the status said so", Samples.Deviant, run =>
        {
            run.ReturnPath[^1] = run.ReturnPath[^1] with { Order = run.End!.Value.Order - 1 };
            return $"SHUT(1) was sent at {run.ReturnPath[^1].TimeNanoseconds} ns, before the status said so";
        }),
        Lie("no SHUT(0) after a completed migration", Samples.Precopy, run =>
        {
            run.ReturnPath.RemoveAt(run.ReturnPath.Count - 1);
            return $"message {run.Oracle!.ReturnPath[^1]} was not sent";
        }),
        Lie("no SHUT(1) after a failed migration", Samples.Deviant, run =>
        {
            run.ReturnPath.RemoveAt(run.ReturnPath.Count - 1);
            return $"message {run.Oracle!.ReturnPath[^1]} was not sent";
        }),
        Lie("SHUT(1) after a completed migration", Samples.Precopy, run =>
        {
            run.ReturnPath[^1] = run.ReturnPath[^1] with { Value = 1 };
            return $"message Shut(1) was sent in place of {run.Oracle!.ReturnPath[^1]}";
        }),
        Lie("SHUT(0) twice", Samples.Precopy, run =>
        {
            run.ReturnPath.Add(run.ReturnPath[^1]);
            return "message Shut(0) was sent and nobody asked for it";
        }),
        Lie("the switchover was never allowed", Samples.Multifd, run =>
        {
            OracleMessage ack = AckOf(run);
            run.ReturnPath.RemoveAt(ack.Index);
            return $"was sent in place of {ack.Text}";
        }),
        Lie("the switchover was allowed before anybody asked", Samples.Multifd, run =>
        {
            OracleMessage ack = AckOf(run);
            run.ReturnPath[ack.Index] = run.ReturnPath[ack.Index] with { MainBytes = 3 };
            return $"message {ack.Text} was sent after 3 bytes";
        }),
        Lie("a message of another type", Samples.Multifd, run =>
        {
            OracleMessage ack = AckOf(run);
            run.ReturnPath[ack.Index] = run.ReturnPath[ack.Index] with { Type = ReturnPathMessageType.Pong };
            return $"message Pong(0) was sent in place of {ack.Text}";
        }),
        Written("bytes that belong to no message", run =>
        {
            run.Main!.NoteSent([0, 1, 0]);
            return "3 bytes were written that belong to no message";
        }),
        Written("a message that was not written", run =>
        {
            run.ReturnPath.Add(run.ReturnPath[^1]);
            return "message Shut(0) was told of and not written";
        }),
        Written("a message that was written in part", run =>
        {
            run.ReturnPath.Add(run.ReturnPath[^1]);
            run.Main!.NoteSent([0, 1, 0, 4, 0]);
            return "message Shut(0) was written in part";
        }),
        Written("a message with another value", run =>
        {
            run.ReturnPath[^1] = run.ReturnPath[^1] with { Value = 1 };
            return "message Shut(1) was written as 1(0)";
        }),
        Written("a message of another type", run =>
        {
            run.ReturnPath[^1] = run.ReturnPath[^1] with { Type = ReturnPathMessageType.Pong };
            return "message Pong(0) was written as 1(0)";
        }),
    ];

    private static Doctoring Written(string lie, Func<RunObservation, string> tell) =>
        Doctoring.Of<ReturnPathBytesAreAsTold>(lie, Samples.Precopy, tell);

    private readonly record struct OracleMessage(int Index, string Text);

    private static OracleMessage AckOf(RunObservation run)
    {
        int index = run.ReturnPath.FindIndex(message => message.Type == ReturnPathMessageType.SwitchoverAck);
        return new(index, run.Oracle!.ReturnPath[index].ToString());
    }

    private static Doctoring Lie(string lie, ScenarioOptions scenario, Func<RunObservation, string> tell) =>
        Doctoring.Of<ShutZeroExactlyWhenCompleted>(lie, scenario, tell);
}
