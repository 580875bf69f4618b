using System.Text;
using System.Buffers.Binary;

namespace Simulation.Source.Savevm;

/// <summary>A device section that the source sends as FULL: where it is bound, what it holds, how it is described.</summary>
/// <param name="Name">The idstr.</param>
/// <param name="SectionId">The id the source gave it when it was registered.</param>
/// <param name="Version">version_id.</param>
/// <param name="Content">The bytes between header and footer.</param>
/// <param name="Fields">Their description for VMDESCRIPTION.</param>
public sealed record DeviceState(
    string Name, uint SectionId, uint Version, ReadOnlyMemory<byte> Content, IReadOnlyList<DeviceField> Fields)
{
    /// <summary>instance_id.</summary>
    public uint InstanceId { get; init; }

    /// <summary>
    /// The <c>timer</c> section v2 (stream reference, section 1.5):
    /// <code>
    /// i64 cpu_ticks_offset   8 zero bytes   i64 cpu_clock_offset
    /// </code>
    /// </summary>
    /// <param name="sectionId">Its id, 0 in every machine.</param>
    /// <param name="ticksOffset">cpu_ticks_offset.</param>
    /// <param name="clockOffset">cpu_clock_offset in nanoseconds.</param>
    /// <returns>The section.</returns>
    public static DeviceState Timer(uint sectionId, long ticksOffset, long clockOffset)
    {
        byte[] content = new byte[24];
        BinaryPrimitives.WriteInt64BigEndian(content, ticksOffset);
        BinaryPrimitives.WriteInt64BigEndian(content.AsSpan(16), clockOffset);
        return new("timer", sectionId, 2, content,
        [
            new("cpu_ticks_offset", "int64", 8), new("unused", "unused_buffer", 8), new("cpu_clock_offset", "int64", 8),
        ]);
    }

    /// <summary>
    /// The <c>globalstate</c> section v1 (stream reference, section 1.6):
    /// <code>
    /// u32 length of the name with its NUL   32 bytes name   u8 1   u8 was suspended   66 zero bytes
    /// </code>
    /// </summary>
    /// <param name="sectionId">Its id, the last one registered.</param>
    /// <param name="runState">The run state's QAPI name, at most 31 characters.</param>
    /// <returns>The section.</returns>
    public static DeviceState GlobalState(uint sectionId, string runState)
    {
        byte[] content = new byte[104];
        BinaryPrimitives.WriteInt32BigEndian(content, runState.Length + 1);
        Encoding.ASCII.GetBytes(runState, content.AsSpan(4, 31));
        content[36] = 1;
        return new("globalstate", sectionId, 1, content,
        [
            new("size", "uint32", 4), new("runstate", "buffer", 32), new("has_vm_was_suspended", "uint8", 1),
            new("vm_was_suspended", "uint8", 1), new("unused", "buffer", 66),
        ]);
    }
}
