using Fuzzing.Engine;
using Fuzzing.Targets.Hosts;
using Qemu.Migration.Wire;
using Simulation.Oracle;

namespace Fuzzing.Targets.Differential;

/// <summary>Holds what a destination sent back on a stream of one connection against what the oracle says is due.</summary>
internal static class AnswerComparison
{
    /// <summary>Each message, in order, with its value.</summary>
    /// <param name="log">What was sent.</param>
    /// <param name="oracle">The oracle's verdict on the same bytes.</param>
    public static void Judge(AnswerLog log, OracleVerdict oracle)
    {
        if (!log.IsWhole || oracle.OutcomeDependsOnTiming)
            return;
        ReadOnlySpan<byte> answers = log.Bytes;
        foreach (OracleReturnMessage due in oracle.ReturnPath)
        {
            DecodeStatus status = ReturnPathMessage.TryRead(answers, out ReturnPathMessage sent, out int consumed);
            FindingException.Unless(
                status == DecodeStatus.Done && (ushort)sent.Type == due.Type && (due.Value is null || due.Value == sent.Value),
                "the source hears what the oracle says", $"{status} {sent.Type} {sent.Value}, and the oracle: {due}");
            answers = answers[consumed..];
        }
        FindingException.Unless(answers.IsEmpty, "the source hears no more than the oracle says", $"{answers.Length} bytes more");
    }
}
