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
    public Task RunAsync(IEnumerable<Func<RefereeCase>> cases, TimeSpan? limit, Action<JudgedCase> told, CancellationToken stop) => new Lanes(jobs).RunAsync(
        cases.Select(make => (Func<Task<List<JudgedCase>>>)(() => JudgeAsync(make))),
        limit,
        judged => judged.ForEach(told),
        stop);

    // A failure of the harness is a result of this case and does not end the session.
    private async Task<List<JudgedCase>> JudgeAsync(Func<RefereeCase> make)
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
