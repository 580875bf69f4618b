using Qemu.Migration.Wire;

namespace TestKit;

/// <summary>A mapped-ram file of one block 'ram' that says that all of its pages are there: its beginning, room for the pages, its end.</summary>
public static class MappedRamFile
{
    /// <summary>Where the pages are.</summary>
    public const int PagesOffset = 1 << 20;

    /// <summary>What stands before the pages.</summary>
    public static byte[] Beginning(long ramBytes)
    {
        byte[] header = new byte[MappedRamHeader.SizeBytes];
        StreamBuilder stream = new StreamBuilder().Header().Configuration().Subsection("configuration/capabilities").U32(1)
            .Str8("mapped-ram").RamStart().U64((ulong)ramBytes | RamFlags.MemSize).Str8("ram").U64((ulong)ramBytes);
        new MappedRamHeader(1, 4096, (ulong)stream.Length + MappedRamHeader.SizeBytes, PagesOffset).Write(header);
        byte[] bitmap = new byte[MappedRamHeader.BitmapBytes(ramBytes / 4096)];
        Array.Fill(bitmap, byte.MaxValue);
        return stream.Raw(header).Raw(bitmap).ToArray();
    }

    /// <summary>What stands behind the pages.</summary>
    public static byte[] End() =>
        new StreamBuilder().Eos().Footer(1).Timer().GlobalState("running").End().VmDescription().ToArray();
}
