using Qemu.Migration.Wire;

namespace Fuzzing.Targets.Formats;

/// <summary>Whole mapped-ram files for <see cref="Machines.Tiny"/>.</summary>
internal static class MappedRamTemplates
{
    private const int PageBytes = 4096;

    /// <summary>Files with no, one and both pages, and one that ends in the pages.</summary>
    public static IEnumerable<byte[]> Files()
    {
        for (byte bits = 0; bits < 4; bits++)
            yield return Make(bits);
        yield return Make(3)[..^20];
    }

    // Stream and bitmap lie in the first page, the pages behind it, the end of the stream behind those.
    private static byte[] Make(byte bits)
    {
        List<byte> file =
        [
            .. "QEVM\0\0\0\u0003"u8, 7, 0, 0, 0, 4, .. "none"u8,
            5, 26, .. "configuration/capabilities"u8, 0, 0, 0, 1, 0, 0, 0, 1, 10, .. "mapped-ram"u8,
            .. StreamTemplates.SectionHeader(1, 2, "ram", 4), .. StreamTemplates.Header(2 * PageBytes, RamFlags.MemSize),
            3, .. "ram"u8, .. StreamTemplates.Header(2 * PageBytes, 0),
        ];
        byte[] header = new byte[MappedRamHeader.SizeBytes];
        new MappedRamHeader(1, PageBytes, (ulong)(file.Count + header.Length), PageBytes).Write(header);
        file.AddRange([.. header, bits, 0, 0, 0, 0, 0, 0, 0]);
        file.AddRange(new byte[PageBytes - file.Count]);
        file.AddRange(Enumerable.Repeat((byte)0x11, PageBytes).Concat(Enumerable.Repeat((byte)0x22, PageBytes)));
        file.AddRange([.. StreamTemplates.Header(0, RamFlags.Eos), 0x7e, 0, 0, 0, 2]);
        file.AddRange([3, 0, 0, 0, 2, .. StreamTemplates.Header(0, RamFlags.Eos), 0x7e, 0, 0, 0, 2, 0, 6, 0, 0, 0, 2, .. "{}"u8]);
        return [.. file];
    }
}
