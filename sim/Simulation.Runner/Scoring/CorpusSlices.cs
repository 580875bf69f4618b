using Simulation.Engine.Choices;
using Simulation.PlantedBugs;
using Simulation.Conformance;

namespace Simulation.Runner.Scoring;

/// <summary>The corpus beside the simulator: streams of the machine <c>none</c>, malformed ones and what fuzzing has kept, a slice at a
/// time between simulated runs, in another order in each campaign. Each counts as a run.</summary>
/// <param name="files">The files, of which <see cref="CorpusFile"/> knows each.</param>
/// <param name="world">The destination with the bug.</param>
internal sealed class CorpusSlices(IReadOnlyList<string> files, PlantedWorld world)
{
    private const int FilesPerSlice = 64;

    private readonly Func<string, (string? Property, string? Message, long Records)> _planted = world.Bind(CorpusTrial.Play);
    private readonly string[] _order = [.. files];

    /// <summary>Files played in this campaign.</summary>
    public int Played { get; private set; }

    /// <summary>The files that there are.</summary>
    /// <param name="folder">The corpus; it need not exist.</param>
    /// <returns>Their paths, in order.</returns>
    public static IReadOnlyList<string> FilesIn(string folder) => !Directory.Exists(folder) ? [] :
        [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(file => CorpusFile.Open(file) is not null)
            .Order(StringComparer.Ordinal)];

    /// <summary>Starts again in another order.</summary>
    /// <param name="seed">Decides it.</param>
    public void Begin(ulong seed)
    {
        Played = 0;
        Array.Sort(_order, StringComparer.Ordinal);
        new Prng(seed).Shuffle<string>(_order);
    }

    /// <summary>Plays the next slice, or nothing where all have been played.</summary>
    /// <param name="tells">Whether a property says something of the bug.</param>
    /// <returns>The file that showed the bug and how, or null. What the intact destination shows as well is no sign of it.</returns>
    public (string File, string Property, string Message, long Records)? Next(Func<string, bool> tells)
    {
        for (int end = Math.Min(Played + FilesPerSlice, _order.Length); Played < end;)
        {
            string file = _order[Played++];
            var (property, message, records) = _planted(file);
            if (property is not null && tells(property) && CorpusTrial.Play(file).Property is null)
                return (file, property, message!, records);
        }

        return null;
    }
}
