using Fuzzing.Engine.Execution;
using Fuzzing.Runner.Output;
using Fuzzing.Runner.Workers;

namespace Fuzzing.Runner.Campaigns;

/// <summary>Runs files again, each for itself: one that ends its process does not keep the others from being run.</summary>
/// <param name="target">The target's name.</param>
internal sealed class Replayer(string target)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>What the last finding said: message and stack.</summary>
    public string Detail { get; private set; } = "";

    /// <summary>Runs files.</summary>
    /// <param name="files">The files.</param>
    /// <returns>One line a file, in order.</returns>
    public IEnumerable<FindingLine> Run(IReadOnlyList<string> files)
    {
        int done = 0;
        while (done < files.Count)
        {
            string[] left = [.. files.Skip(done)];
            (int exitCode, List<string[]> lines, string errors) = WorkerRun.ToEnd(
                new WorkerRequest { Task = WorkerTask.Replay, Target = target, StatusFile = Folders.Status(target, "replay"), Inputs = left },
                Patience);
            if (errors.Length > 0)
                Detail = errors;
            foreach (string[] line in lines)
                yield return new(line[1].Length > 0 ? "finding" : "passed", Folders.Shown(line[0]), line[1], line[2]);
            done += lines.Count;
            if (exitCode is ExitCode.Passed or ExitCode.Finding)
                yield break;
            if (exitCode == ExitCode.HarnessFailed)
                throw new HarnessFailureException($"a worker failed: {errors}");
            Finding death = Finding.OfDeath("crash", errors);
            yield return new("finding", Folders.Shown(files[done]), death.Signature, death.Summary);
            done++;
        }
    }

    /// <summary>What one input does.</summary>
    /// <param name="input">The input.</param>
    /// <returns>The signature; empty for nothing.</returns>
    public string SignatureOf(byte[] input)
    {
        string file = Folders.Status(target, "trial") + ".input";
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, input);
        string signature = Run([file]).Single().Signature;
        File.Delete(file);
        return signature;
    }
}
