using Fuzzing.Engine;
using Fuzzing.Engine.Execution;
using Fuzzing.SharpFuzz;
using Fuzzing.Targets;
using SharpFuzz;

// Under afl-fuzz inputs come on standard input, under a libFuzzer driver in shared memory; alone, from a file.
if (args is not [var name, .. var files] || files.Length > 1)
{
    Console.Error.WriteLine("usage: fuzz-sharpfuzz TARGET [FILE]: under afl-fuzz, under a libFuzzer driver of SharpFuzz, or alone on a file");
    return 64;
}
EarlyTrace.Begin();
if (TargetCatalogue.Create(name) is not { } target)
{
    Console.Error.WriteLine($"there is no target '{name}': fuzz list names them");
    return 64;
}
InputRunner runner = new(target);
if (Environment.GetEnvironmentVariable("__AFL_SHM_ID") is not null)
    Fuzzer.OutOfProcess.Run(runner.Run);
else if (Environment.GetEnvironmentVariable("__LIBFUZZER_SHM_ID") is not null)
    Fuzzer.LibFuzzer.Run(runner.Run);
else if (files is [var file])
    runner.Run(File.ReadAllBytes(file));
return 0;
