using Fuzzing.Runner.Workers;

namespace Fuzzing.Runner.Campaigns;

/// <summary>What came of a merge.</summary>
/// <param name="Target">The target.</param>
/// <param name="Folder">The folder that was written.</param>
/// <param name="Line">Inputs in, inputs out, their bytes, blocks, features, inputs that are findings.</param>
internal sealed record CorpusMerge(string Target, string Folder, string[] Line)
{
    /// <summary>Whether an input is a finding.</summary>
    public bool HasFindings => Line[5] != "0";

    /// <summary>Keeps the smallest inputs that together reach what all of them reach.</summary>
    /// <param name="target">The target.</param>
    /// <param name="sources">Folders and files to read.</param>
    /// <param name="into">The folder to write, made anew; it may be a source.</param>
    /// <param name="onlyBlocks">Whether only blocks count.</param>
    /// <param name="isDry">Whether nothing is written.</param>
    public static CorpusMerge Run(string target, IReadOnlyList<string> sources, string into, bool onlyBlocks, bool isDry = false)
    {
        string fresh = into + ".merging";
        if (Directory.Exists(fresh))
            Directory.Delete(fresh, recursive: true);
        Directory.CreateDirectory(fresh);
        string[] line = WorkerRun.ToLastLine(new WorkerRequest
        {
            Task = WorkerTask.Merge,
            Target = target,
            StatusFile = Folders.Status(target, "merge"),
            Inputs = sources,
            Output = fresh,
            OnlyBlocks = onlyBlocks,
            FindingsFolder = Folders.Findings(target),
        });
        if (isDry)
        {
            Directory.Delete(fresh, recursive: true);
            return new(target, into, line);
        }
        if (Directory.Exists(into))
            Directory.Delete(into, recursive: true);
        Directory.Move(fresh, into);
        return new(target, into, line);
    }

    /// <summary>Says what came of it.</summary>
    /// <param name="output">Where.</param>
    public void Tell(TextWriter output)
    {
        output.WriteLine($"{Target}: {Line[0]} inputs in, {Line[1]} out with {Line[2]} bytes, {Line[3]} blocks and {Line[4]} features ({Folders.Shown(Folder)})");
        if (HasFindings)
            output.WriteLine($"{Line[5]} inputs are findings and were left out: {Folders.Shown(Folders.Findings(Target))}");
    }
}
