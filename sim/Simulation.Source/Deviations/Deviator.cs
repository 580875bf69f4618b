using Simulation.Source.Guest;
using Simulation.Source.Precopy;
using Simulation.Source.Savevm;

namespace Simulation.Source.Deviations;

/// <summary>
/// Makes a source deviate: an ordered list of deviations, each applied once to the structure it names, just after that was
/// written. The source itself stays honest; its counters say what it would have sent.
/// </summary>
public sealed class Deviator
{
    private readonly IReadOnlyList<SourceDeviation> _deviations;
    private readonly SourceMachine _machine;
    private readonly IReadOnlyList<GuestBlock> _blocks;
    private readonly MigrationSource _source;
    private readonly bool[] _applied;
    private readonly int[] _seen;

    /// <summary>Attaches deviations to a source that has not started.</summary>
    /// <param name="source">The source.</param>
    /// <param name="machine">Its machine.</param>
    /// <param name="deviations">What it does wrong. A structure is changed once: the next one that names its kind waits for another.</param>
    public Deviator(MigrationSource source, SourceMachine machine, params IReadOnlyList<SourceDeviation> deviations)
    {
        _deviations = deviations;
        _machine = machine;
        _source = source;
        _blocks = source.Blocks;
        _applied = new bool[deviations.Count];
        _seen = new int[deviations.Count];
        source.Main.Edit = (buffer, kind, start) => Edit(buffer, kind, start, channel: -1);
        for (int i = 0; i < source.Channels.Count; i++)
        {
            int channel = i;
            source.Channels[i].Output.Edit = (buffer, kind, start) => Edit(buffer, kind, start, channel);
        }
    }

    /// <summary>Whether each deviation has found its structure; one that has not left the stream as it was.</summary>
    public IReadOnlyList<bool> Applied => _applied;

    private void Edit(StreamBuffer buffer, StructureKind kind, int start, int channel)
    {
        for (int i = 0; i < _deviations.Count; i++)
        {
            SourceDeviation deviation = _deviations[i];
            DeviantModeInfo info = DeviantModes.Of(deviation.Mode);
            if (_applied[i] || info.Site != kind || (channel >= 0 && channel != deviation.Channel))
                continue;
            StructureEditor structure = new(buffer, start, _machine, _blocks) { IsInPostcopy = _source.IsInPostcopy };
            if (!info.Suits(structure) || _seen[i]++ != (deviation.Occurrence ?? info.Occurrence))
                continue;
            _applied[i] = true;
            if (deviation.Mode == DeviantMode.Truncated)
            {
                buffer.CutPosition = deviation.CutAt;
                continue;
            }

            // Skip structures that an earlier deviation removed or moved.
            info.Apply(structure);
            return;
        }
    }
}
