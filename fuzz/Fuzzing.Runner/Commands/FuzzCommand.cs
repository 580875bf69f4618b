using Fuzzing.Engine.Execution;
using Fuzzing.Runner.Workers;
namespace Fuzzing.Runner.Commands;
internal sealed class FuzzCommand
{
    public int Run(string[] args)
    {
        string dir = Path.GetFullPath("artifacts/fuzz/" + args[1]);
        WorkerRequest r = new() { Task = WorkerTask.Fuzz, Target = args[1], StatusFile = dir + "/job-0", Output = dir + "/corpus", FindingsFolder = dir + "/findings", Seed = 1, Milliseconds = long.Parse(args[2]) * 1000, Inputs = args[3..] };
        using WorkerProcess w = new(r);
        while (!w.HasExited) { Thread.Sleep(1000); if (File.Exists(r.StatusFile)) { byte[] c = new byte[4096]; using var f = File.Open(r.StatusFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite); f.ReadExactly(c); Console.WriteLine(System.Runtime.InteropServices.MemoryMarshal.Read<WorkerStatus>(c)); } }
        Console.WriteLine(w.Errors);
        Console.WriteLine(w.ExitCode);
        return w.ExitCode;
    }
}
