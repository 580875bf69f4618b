using Fuzzing.Engine;
using Fuzzing.Targets.Hosts;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Memory;
using Qemu.Migration.Wire;

namespace Fuzzing.Targets.Postcopy;

/// <summary>What a source of postcopy may be answered on one of its connections.</summary>
internal static class PostcopyAnswers
{
    private const int PageBytes = 4096;

    /// <summary>Judges the answers of a run that is over.</summary>
    /// <param name="log">What was sent back on the connection.</param>
    /// <param name="block">The guest's block.</param>
    /// <param name="state">The incoming state.</param>
    public static void Judge(AnswerLog log, RamBlock block, MigrationIncomingState state)
    {
        ReadOnlySpan<byte> answers = log.Bytes;
        if (!log.IsWhole)
            return;
        bool isShut = false;
        bool isNamed = false;
        HashSet<ulong> requested = [];
        while (!answers.IsEmpty)
        {
            FindingException.Unless(!isShut, "nothing follows SHUT on the return path", $"{answers.Length} bytes");
            DecodeStatus status = ReturnPathMessage.TryRead(answers, out ReturnPathMessage message, out int consumed);
            FindingException.Unless(status == DecodeStatus.Done, "the return path has whole messages", $"{status}");
            answers = answers[consumed..];
            switch (message.Type)
            {
                case ReturnPathMessageType.Shut:
                    uint outcome = state.Error is null ? 0u : 1u;
                    FindingException.Unless(
                        message.Value == outcome && state.Status.IsTerminal(), "the source learns the outcome", $"{message.Value}, {state.Status}");
                    isShut = true;
                    break;
                case ReturnPathMessageType.RequestPages or ReturnPathMessageType.RequestPagesId:
                    isNamed |= message.Type == ReturnPathMessageType.RequestPagesId;
                    bool isPage = message.Value == PageBytes && message.Start % PageBytes == 0 && message.Start < (ulong)block.UsedLengthBytes;
                    FindingException.Unless(isPage, "a request is for a page of the guest", $"{message.Value} bytes at {message.Start}");
                    FindingException.Unless(isNamed, "the first request names its block", $"{message.Start}");
                    FindingException.Unless(
                        requested.Add(message.Start), "a page is requested once on a connection", $"{message.Start}");
                    break;
                case ReturnPathMessageType.RecvBitmap:
                    status = RecoveryBitmap.TryRead(answers, out RecoveryBitmap bitmap, out consumed);
                    FindingException.Unless(status == DecodeStatus.Done, "a bitmap is whole", $"{status}");
                    JudgeBitmap(bitmap, block);
                    answers = answers[consumed..];
                    break;
                default:
                    break;
            }
        }
    }

    // What has come in postcopy stays.
    private static void JudgeBitmap(RecoveryBitmap bitmap, RamBlock block)
    {
        for (int page = 0; page < bitmap.Bits.Length * 8; page++)
        {
            bool isSaid = (bitmap.Bits[page / 8] >> (page % 8) & 1) != 0;
            FindingException.Unless(
                !isSaid || (page < block.UsedLengthBytes / PageBytes && block.Received[page]), "a bitmap says what is here", $"page {page}");
        }
    }
}
