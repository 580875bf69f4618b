using System.Buffers.Binary;
using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Checks;

/// <summary>
/// What the destination wrote to its source are exactly the messages that it says it sent (stream reference, section 6.2):
/// <code>
/// u16 type   u16 length   u32 value, where the length is 4
/// </code>
/// </summary>
public sealed class ReturnPathBytesAreAsTold : ICheck
{
    private const int HeaderBytes = 4;

    /// <inheritdoc/>
    public bool AppliesTo(RunObservation run) => run.ReturnPath.Count > 0 || run.Main is { Sent.Length: > 0 };

    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        ReadOnlySpan<byte> bytes = run.Main is { } main ? main.Sent : default;
        foreach (ReturnMessage message in run.ReturnPath)
        {
            if (bytes.Length < HeaderBytes)
                return $"message {message.Type}({message.Value}) was told of and not written";
            ushort type = BinaryPrimitives.ReadUInt16BigEndian(bytes);
            int length = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
            if (bytes.Length < HeaderBytes + length)
                return $"message {message.Type}({message.Value}) was written in part";
            uint value = length == sizeof(uint) ? BinaryPrimitives.ReadUInt32BigEndian(bytes[HeaderBytes..]) : 0;
            if (type != (ushort)message.Type || value != message.Value)
                return $"message {message.Type}({message.Value}) was written as {type}({value})";
            bytes = bytes[(HeaderBytes + length)..];
        }

        return bytes.IsEmpty ? null : $"{bytes.Length} bytes were written that belong to no message";
    }
}
