using System.Diagnostics;
using System.Threading.Channels;

namespace Simulation.Runner.Refereeing;

/// <summary>Hears cases, several at a time: while one QEMU loads, the next ones start. They are told in the order in which they were
/// brought.</summary>
/// <param name="qemu">The real destination.</param>
/// <param name="jobs">How many cases at a time.</param>
internal sealed class RefereeCourt(QemuProgram qemu, int jobs)
{
    /// <summary>Hears a case.</summary>
    /// <param name="brought">The case.</param>
    /// <returns>What the three made of it.</returns>
    public async Task<Hearing> HearAsync(RefereeCase brought)
    {
        using QemuTrial trial = new(QemuProcess.Start(qemu, brought), brought);

        // Ours and the oracle's time is what QEMU needs to start.
        TrialEnd ours = new OwnTrial().Play(brought);
        var oracle = OracleTrial.Ask(brought);
        return new Hearing(brought, ours, oracle, await trial.PlayAsync());
    }

    /// <summary>Hears cases until there are none left, time is up, or somebody says stop.</summary>
    /// <param name="cases">Makes the cases; each is made when its turn comes.</param>
    /// <param name="limit">After how long no new one begins, or null.</param>
    /// <param name="told">Told of each case, in order.</param>
    /// <param name="stop">Stops it.</param>
    public async Task RunAsync(IEnumerable<Func<RefereeCase>> cases, TimeSpan? limit, Action<JudgedCase> told, CancellationToken stop)
    {
        long started = Stopwatch.GetTimestamp();

        // What a QEMU says is read from two pipes, and each read blocks a thread of the pool: with too few, this process hears late
        // what a QEMU has said long ago.
        ThreadPool.GetMinThreads(out int least, out int ports);
        ThreadPool.SetMinThreads(least + (2 * jobs), ports);
        using SemaphoreSlim seats = new(jobs);
        Channel<Task<JudgedCase>> order = Channel.CreateBounded<Task<JudgedCase>>(4 * jobs);
        Task bringing = Task.Run(
            async () =>
            {
                foreach (Func<RefereeCase> make in cases)
                {
                    if (stop.IsCancellationRequested || (limit is { } time && Stopwatch.GetElapsedTime(started) >= time))
                        break;
                    await seats.WaitAsync(CancellationToken.None);
                    await order.Writer.WriteAsync(
                        Task.Run(() => JudgeAsync(make, seats), CancellationToken.None), CancellationToken.None);
                }

                order.Writer.Complete();
            },
            CancellationToken.None);
        await foreach (Task<JudgedCase> hearing in order.Reader.ReadAllAsync(CancellationToken.None))
        {
            JudgedCase judged = await hearing;

            // Ctrl-C reaches the QEMUs too: what dies then is no finding.
            if (!stop.IsCancellationRequested)
                told(judged);
        }

        await bringing;
    }

    private async Task<JudgedCase> JudgeAsync(Func<RefereeCase> make, SemaphoreSlim seats)
    {
        RefereeCase? brought = null;
        try
        {
            brought = make();
            Hearing hearing = await HearAsync(brought);
            return new(brought, hearing, Referee.Rule(hearing), null);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // What the harness cannot do is a result of this case, not the end of the session.
            return new(brought, null, null, $"{failure.GetType().Name}: {failure.Message}");
        }
        finally
        {
            seats.Release();
        }
    }
}
