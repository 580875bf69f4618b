using System.Buffers.Binary;
using System.Reflection;
using System.Text;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Wire;

namespace Fuzzing.Targets.Formats;

/// <summary>The dictionary: every constant of the wire in its width, and the names that streams carry.</summary>
internal static class WireWords
{
    /// <summary>Words of binary streams.</summary>
    public static IReadOnlyList<byte[]> Binary { get; } = [.. Constants().Concat(Names()).DistinctBy(Convert.ToHexString)];

    private static IEnumerable<byte[]> Constants()
    {
        foreach (Type type in typeof(FileHeader).Assembly.GetTypes().OrderBy(t => t.FullName, StringComparer.Ordinal))
        {
            if (type.Namespace != typeof(FileHeader).Namespace || type == typeof(StreamErrorCode) || type == typeof(DecodeStatus))
                continue;
            foreach (FieldInfo field in type.GetFields(BindingFlags.Public | BindingFlags.Static).Where(f => f.IsLiteral && f.FieldType != typeof(string)))
            {
                ulong value = unchecked((ulong)Convert.ToInt64(field.GetRawConstantValue(), null));
                byte[] word = new byte[8];
                BinaryPrimitives.WriteUInt64BigEndian(word, value);
                int width = type == typeof(RamFlags) ? 8 : type.IsEnum ? (type == typeof(SectionType) ? 1 : 2) : value <= byte.MaxValue ? 1 : value <= uint.MaxValue ? 4 : 8;
                yield return word[^width..];
            }
        }
    }

    private static IEnumerable<byte[]> Names()
    {
        string[] names =
        [
            "ram", Machines.LocalBlock, "timer", "globalstate", "dirty-bitmap", "none", "slirp", "configuration/target-page-bits", "configuration/capabilities",
            "configuration/uuid", .. MigrationCapabilities.StreamNames, .. Enum.GetValues<RunState>().Select(state => state.ToQapi()),
        ];
        return names.Select(name => (byte[])[(byte)name.Length, .. Encoding.UTF8.GetBytes(name)]);
    }
}
