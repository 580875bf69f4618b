using System.CommandLine;
using BenchmarkDotNet.Running;
using Migration.Benchmarks;
using TestKit;

Option<string> incoming = new("--incoming")
{
    Description = "The daemon to measure, published ready to run.", Required = true,
};
Option<int> rounds = new("--rounds") { Description = "Rounds that count, after one that does not.", DefaultValueFactory = _ => 5 };
Option<string> scratch = new("--scratch")
{
    Description = "A folder in memory for streams and sockets, about 3 GiB.",
    DefaultValueFactory = _ => Path.Combine("/dev/shm", $"migration-benchmarks-{Environment.ProcessId}"),
};
Option<string> only = new("--only") { Description = "Workloads whose name contains this.", DefaultValueFactory = _ => "" };
Command compare = new("compare", "The whole daemon beside each QEMU that is found (MIGRATION_QEMUS), in one run.")
{
    incoming, rounds, scratch, only,
};
compare.SetAction(result => WholeProcess.Run(
    result.GetRequiredValue(incoming), [.. RealQemu.All.Where(qemu => qemu.Version.Major >= 10)], result.GetValue(rounds),
    result.GetValue(scratch)!, result.GetValue(only)!));
Command touch = new("touch", "Postcopy: how long a touched page takes over a link of 100 us, beside each QEMU 10 that is found.")
{
    incoming, rounds, scratch,
};
// QEMU 11 does not let its monitor read the guest's memory during a migration.
touch.SetAction(result => TouchSpeed.Run(
    result.GetRequiredValue(incoming), [.. RealQemu.All.Where(qemu => qemu.Version.Major == 10)], result.GetValue(rounds),
    result.GetValue(scratch)!));
Command parts = new("parts", "The parts, by BenchmarkDotNet; its own options follow.") { TreatUnmatchedTokensAsErrors = false };
parts.SetAction(result => BenchmarkSwitcher.FromAssembly(typeof(RecordLoop).Assembly).Run([.. result.UnmatchedTokens]));
Option<int> seconds = new("--seconds") { Description = "How long each scenario is run.", DefaultValueFactory = _ => 5 };
Option<int> runs = new("--runs") { Description = "Runs over which memory is watched.", DefaultValueFactory = _ => 100_000 };
Command campaign = new("campaign", "The simulator on one core: runs, virtual time, memory.") { seconds, runs };
campaign.SetAction(result => SimulationSpeed.Run(result.GetValue(seconds), result.GetValue(runs)));
Option<string> what = new("--what") { Description = "rates, coverage or memory.", DefaultValueFactory = _ => "rates" };
what.AcceptOnlyFromAmong("rates", "coverage", "memory");
Option<string[]> targets = new("--target")
{
    Description = "Targets of fuzz list.", DefaultValueFactory = _ => ["xbzrle-decode", "ram-section", "main-stream"],
};
Option<string> engine = new("--engine") { Description = "Whose memory is watched.", DefaultValueFactory = _ => "managed" };
Option<int> core = new("--core") { Description = "The processor to be pinned to.", DefaultValueFactory = _ => 0 };
Command fuzzing = new("fuzzing", "The fuzzing engines on one core: runs a second, blocks after 10, 30 and 60 s, memory over 10 minutes.")
{
    what, targets, engine, core, seconds,
};
fuzzing.SetAction(result =>
{
    FuzzingSpeed speed = new(result.GetValue(core));
    string[] names = result.GetValue(targets)!;
    return result.GetValue(what) switch
    {
        "rates" => speed.Rates(names, result.GetValue(seconds)),
        "coverage" => names.Sum(name => speed.Coverage(name, [10, 30, 60])),
        _ => names.Sum(name => speed.Memory(name, result.GetValue(engine)!, 10)),
    };
});
return new RootCommand("Speed, measured side by side.") { compare, touch, parts, campaign, fuzzing }.Parse(args).Invoke();
