namespace Simulation.Oracle;

/// <summary>Guest RAM as the migration leaves it. A page that came as it is stands where it came from: in the bytes of its
/// connection, which must not change while this is looked at.</summary>
public sealed class OracleRam
{
    private readonly PageFrames _frames = new();
    private OracleRamBlock[] _blocks = [];

    /// <summary>The blocks in the order of the machine.</summary>
    public IReadOnlyList<OracleRamBlock> Blocks => _blocks;

    /// <summary>The block of a name.</summary>
    /// <param name="name">Block idstr.</param>
    /// <exception cref="ArgumentException">The machine has no such block.</exception>
    public OracleRamBlock this[string name] =>
        Array.Find(_blocks, block => block.Name == name)
            ?? throw new ArgumentException($"no block '{name}'", nameof(name));

    /// <summary>Makes RAM as it was before the migration, using the storage of the last one again.</summary>
    internal void Reset(OracleInput input)
    {
        IReadOnlyList<OracleBlock> models = input.Machine.Blocks;
        OracleRamBlock[] old = _blocks;
        _frames.Reset(input.Machine.PageSize);
        bool keepsVersions = input.Capabilities.Contains("multifd") || input.Capabilities.Contains("mapped-ram")
            || input.Capabilities.Contains("postcopy-ram");
        _blocks = new OracleRamBlock[models.Count];
        for (int i = 0; i < _blocks.Length; i++)
        {
            _blocks[i] = new OracleRamBlock(models[i], input.Machine.PageSize, _frames, keepsVersions, i < old.Length ? old[i] : null);
            _blocks[i].Fill(input.PoisonByte, input.InitialRam.GetValueOrDefault(models[i].Name));
        }
    }

    /// <summary>The block of a name on the wire, or null.</summary>
    internal OracleRamBlock? Find(ReadOnlySpan<byte> name)
    {
        foreach (OracleRamBlock block in _blocks)
        {
            if (name.SequenceEqual(block.NameBytes))
                return block;
        }

        return null;
    }
}
