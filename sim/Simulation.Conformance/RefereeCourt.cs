using System.Diagnostics;
using System.Threading.Channels;
using Simulation.Oracle;

namespace Simulation.Conformance;

/// <summary>Hears cases, several at a time: while one QEMU loads, the next ones start. They are told in the order in which they were
/// brought, each once for every QEMU.</summary>
/// <param name="qemus">The real destinations.</param>
/// <param name="jobs">How many cases at a time.</param>
internal sealed class RefereeCourt(IReadOnlyList<QemuProgram> qemus, int jobs)
{
    // A race in QEMU shows in half of the runs or in one of ten.
    private const int Repetitions = 4;

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
        Channel<Task<List<JudgedCase>>> order = Channel.CreateBounded<Task<List<JudgedCase>>>(4 * jobs);
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
        await foreach (Task<List<JudgedCase>> hearing in order.Reader.ReadAllAsync(CancellationToken.None))
        {
            foreach (JudgedCase judged in await hearing)
            {
                // Ctrl-C also reaches the QEMU processes, so a death after it is no finding.
                if (!stop.IsCancellationRequested)
                    told(judged);
            }
        }

        await bringing;
    }

    // A failure of the harness is a result of this case and does not end the session.
    private async Task<List<JudgedCase>> JudgeAsync(Func<RefereeCase> make, SemaphoreSlim seats)
    {
        RefereeCase? brought = null;
        try
        {
            brought = make();
            return await HearAsync(brought);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            return [Failed(qemus[0], brought, failure)];
        }
        finally
        {
            seats.Release();
        }
    }

    private async Task<List<JudgedCase>> HearAsync(RefereeCase brought)
    {
        List<JudgedCase> judged = [];
        TrialEnd ours = new DestinationTrial().Play(brought);
        OracleVerdict oracle = OracleTrial.Ask(brought);
        foreach (QemuProgram qemu in qemus)
        {
            try
            {
                Hearing hearing = new(brought, ours, oracle, await PlayAsync(qemu, brought));
                Ruling ruling = Referee.Rule(hearing);
                judged.Add(new(qemu, brought, hearing, ruling.Blame is Blame.Qemu or Blame.OursAndOracle ? await RepeatAsync(qemu, hearing, ruling) : ruling, null));
            }
            catch (Exception failure) when (failure is not OutOfMemoryException)
            {
                judged.Add(Failed(qemu, brought, failure));
            }
        }

        return judged;
    }

    private static async Task<TrialEnd> PlayAsync(QemuProgram qemu, RefereeCase played)
    {
        using ProcessTrial trial = new(await DestinationProcess.StartAsync(qemu, played), played);
        return await trial.PlayAsync();
    }

    // What comes of it in other processes of the same QEMU, where QEMU alone may be at fault: what ours and the oracle make of a case is
    // the same each time.
    private static async Task<Ruling> RepeatAsync(QemuProgram qemu, Hearing first, Ruling ruling)
    {
        int disagreements = 1;
        for (int i = 0; i < Repetitions; i++)
        {
            if (Referee.Rule(first with { Qemu = await PlayAsync(qemu, first.Case) }).IsFinding)
                disagreements++;
        }

        string sentence = $"{ruling.Disagreement}; so in {disagreements} of {Repetitions + 1} runs";
        return ruling with { Blame = disagreements <= Repetitions ? Blame.Chance : ruling.Blame, Disagreement = sentence };
    }

    private static JudgedCase Failed(QemuProgram qemu, RefereeCase? brought, Exception failure) =>
        new(qemu, brought, null, null, $"{failure.GetType().Name}: {failure.Message}");
}
