namespace Fuzzing.Engine.Mutation;

/// <summary>How the inputs of a target are built.</summary>
public abstract class InputFormat
{
    /// <summary>Inputs of which nothing is known.</summary>
    public static InputFormat Plain { get; } = new NoFormat();

    /// <summary>Words worth writing into an input.</summary>
    public virtual IReadOnlyList<byte[]> Dictionary => [];

    /// <summary>Whole parts worth putting into an input.</summary>
    public virtual IReadOnlyList<byte[]> Templates => [];

    /// <summary>Finds the parts and numbers of an input.</summary>
    /// <param name="input">Any bytes; read as far as they make sense.</param>
    /// <param name="map">Empty; filled.</param>
    public abstract void Read(ReadOnlySpan<byte> input, StructureMap map);

    private sealed class NoFormat : InputFormat
    {
        public override void Read(ReadOnlySpan<byte> input, StructureMap map)
        {
        }
    }
}
