namespace Simulation.Oracle;

/// <summary>Guest RAM as the migration leaves it.</summary>
public sealed class OracleRam
{
    private OracleRamBlock[] _blocks = [];

    /// <summary>The blocks in the order of the machine.</summary>
    public IReadOnlyList<OracleRamBlock> Blocks => _blocks;

    /// <summary>The block of a name.</summary>
    /// <param name="name">Block idstr.</param>
    /// <exception cref="ArgumentException">The machine has no such block.</exception>
    public OracleRamBlock this[string name] =>
        Array.Find(_blocks, block => block.Name == name)
            ?? throw new ArgumentException($"no block '{name}'", nameof(name));

    /// <summary>Makes RAM as it was before the migration, reusing memory of the last one where sizes agree.</summary>
    internal void Reset(OracleInput input)
    {
        IReadOnlyList<OracleBlock> models = input.Machine.Blocks;
        OracleRamBlock[] old = _blocks;
        _blocks = new OracleRamBlock[models.Count];
        for (int i = 0; i < _blocks.Length; i++)
        {
            _blocks[i] = new OracleRamBlock(models[i], input.Machine.PageSize, i < old.Length ? old[i] : null);
            _blocks[i].Fill(input.PoisonByte, input.InitialRam.GetValueOrDefault(models[i].Name).Span);
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
