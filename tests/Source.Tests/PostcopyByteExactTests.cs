using Qemu.Migration.Wire;
using Simulation.Source.Guest;
using Simulation.Source.Hosting;
using Simulation.Source.Postcopy;
using Simulation.Source.Precopy;
using TestKit;

namespace Source.Tests;

/// <summary>
/// For the same guest the simulated source writes what a real one wrote in postcopy, byte for byte: PARTs cut by the same bandwidth, the
/// list of discards, the package, the background push with its jump to the page that was asked for, the end, and a recovery. What the
/// guest wrote when is taken from the recording.
/// </summary>
public class PostcopyByteExactTests
{
    // What the recordings were limited to while they were in precopy.
    private const long RecordedBandwidth = 8 << 20;

    // The guest of the recordings writes these pages of pc.ram all the time.
    private const long FirstWritten = 0x100000;
    private const long EndWritten = 0x500000;

    [Theory]
    [InlineData("pc-postcopy")]
    [InlineData("pc-postcopy-preempt")]
    public void Same_guest_gives_the_stream_of_the_real_source(string name)
    {
        Capture capture = Capture.Open(name);
        byte[] expected = capture.Read("ch0.fwd");
        RecordedPostcopy recorded = RecordedPostcopy.Of(expected);
        GuestModel guest = recorded.Guest();
        using MigrationSource source = new(guest, recorded.Machine, new()
        {
            PostcopyRam = true,
            PostcopyPreempt = capture.Has("postcopy-preempt"),
            MaxBandwidth = RecordedBandwidth,
            DowntimeLimit = 1,
            PostcopyStart = new(Bytes: recorded.SwitchoverOffset),
        });
        List<SourceStatus> statuses = [];
        source.OnStatus = statuses.Add;
        Queue<RecordedPart> parts = new(recorded.Parts);
        Queue<RecordedAnswer> requests = new(RecordedAnswer.Of(capture.Read("ch0.back")).Where(answer => answer.IsRequest));
        int jump = JumpOf(recorded.Parts[^1]);
        StreamRecorder recorder = new()
        {
            OnStep = source =>
            {
                if (parts.TryPeek(out RecordedPart? part) && part.Offset <= source.Main.Position)
                    RecordedPostcopy.Apply(parts.Dequeue(), guest);
                if (source.Status == SourceStatus.Active)
                    Write(guest);
                bool asks = source.Main.Position == jump;
                bool hasSentAll = source.Current.UntilNanoseconds == long.MaxValue && source.IsInPostcopy;
                while (requests.Count > 0 && (asks || hasSentAll))
                {
                    requests.Dequeue().GiveTo(source);
                    asks = false;
                }
            },
        };
        SourceStatistics statistics = recorder.Record(source);
        ByteExactTests.AssertSame(expected, recorder.Main.Span);
        Assert.Equal(0, recorder.Preempt.Length);
        ByteExactTests.AssertSameFigures(capture, statistics);
        Assert.Equal(capture.SourceRam.GetProperty("postcopy-bytes").GetInt64(), statistics.PostcopyBytes);
        Assert.Equal(capture.SourceRam.GetProperty("postcopy-requests").GetInt64(), statistics.PostcopyRequests);
        Assert.Equal(
            [SourceStatus.Setup, SourceStatus.Active, SourceStatus.Device, SourceStatus.PostcopyActive, SourceStatus.Completed], statuses);
    }

    [Fact]
    public void Same_bitmaps_give_the_recovery_of_the_real_source()
    {
        Capture capture = Capture.Open("pc-postcopy-recover");
        byte[] expected = capture.Read("ch1.fwd");
        RecordedPostcopy before = RecordedPostcopy.Of(capture.Read("ch0.fwd"));
        RecordedPart part = RecordedPostcopy.OfRecovery(expected).Parts.Single();
        GuestModel guest = before.Guest();
        using MigrationSource source = new(
            guest, before.Machine, new() { PostcopyRam = true, PostcopyStart = new(Nanoseconds: 0) });
        while (source.Status != SourceStatus.PostcopyActive && source.MoveNext())
            source.Main.Drain();
        source.Fail("the connection was cut");
        source.MoveNext();
        Assert.Equal(SourceStatus.PostcopyPaused, source.Status);
        RecordedPostcopy.Apply(part, guest);

        Assert.True(source.TryBeginRecovery());
        source.Reconnected(log: null);
        Queue<RecordedAnswer> answers = new(RecordedAnswer.Of(capture.Read("ch1.back")));
        List<byte> written = [];
        int jump = JumpOf(part);
        while (source.MoveNext())
        {
            written.AddRange(source.Main.Pending.Span);
            source.Main.Drain();
            bool waits = source.Current is { Wait: SourceWait.ReturnPath, UntilNanoseconds: long.MaxValue };
            if (waits || written.Count == jump)
                answers.Dequeue().GiveTo(source);
        }

        ByteExactTests.AssertSame(expected, written.ToArray());
        Assert.Equal(SourceStatus.Completed, source.Status);
        Assert.Equal(1, source.Statistics.Recoveries);
    }

    private static void Write(GuestModel guest)
    {
        for (long at = FirstWritten; at < EndWritten; at += GuestRam.UsualPageBytes)
            guest.DirtyLog.Set((int)(at / GuestRam.UsualPageBytes));
    }

    // Where the order of the pages is not that of the block: behind the page before which a request came.
    private static int JumpOf(RecordedPart part)
    {
        for (int i = 1; i < part.Pages.Count; i++)
        {
            if (part.Pages[i].OffsetInBlock > part.Pages[i - 1].OffsetInBlock + GuestRam.UsualPageBytes
                && part.Pages[i].Block == part.Pages[i - 1].Block)
                return part.Pages[i].Offset;
        }

        return -1;
    }
}
