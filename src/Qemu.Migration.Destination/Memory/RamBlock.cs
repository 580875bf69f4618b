using System.Text;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Machine;

namespace Qemu.Migration.Destination.Memory;

/// <summary>
/// RAMBlock: a named piece of guest memory with its received bitmap. Its bytes are written by <see cref="GuestMemory"/> only.
/// </summary>
public sealed unsafe class RamBlock
{
    internal RamBlock(RamBlockDescription description, GuestMemoryRegion region, int pageSizeBytes)
    {
        Description = description;
        Region = region;
        Host = region.Address;
        Utf8Name = Encoding.UTF8.GetBytes(description.Name);
        UsedLengthBytes = description.LengthBytes;
        long pages = description.MaxLengthBytes / pageSizeBytes;
        Received = new PageBitmap(pages);
        Touched = new PageBitmap(pages);
        if (!region.InitiallyZero)
            Touched.SetAll();
    }

    /// <summary>idstr: its name.</summary>
    public string Name => Description.Name;

    /// <summary>used_length: bytes in use, a multiple of the page size.</summary>
    public long UsedLengthBytes { get; internal set; }

    /// <summary>max_length: bytes it may grow to.</summary>
    public long MaxLengthBytes => Description.MaxLengthBytes;

    /// <summary>What the machine says of it.</summary>
    public RamBlockDescription Description { get; }

    /// <summary>receivedmap: pages whose content has arrived and stands in memory. Unlike QEMU's, a bit is set after the content
    /// is there, never before.</summary>
    internal PageBitmap Received { get; }

    /// <summary>No C name: pages that may be other than zero: written by a record, or there at the start.</summary>
    internal PageBitmap Touched { get; }

    internal GuestMemoryRegion Region { get; }

    internal byte* Host { get; }

    internal byte[] Utf8Name { get; }

    /// <summary>Whether records for this block are refused (stream reference, section 2.2, step 4).</summary>
    /// <param name="ignoreShared">Whether <c>x-ignore-shared</c> is on.</param>
    /// <returns>True for a block that does not migrate, or is shared under that capability.</returns>
    public bool IsIgnored(bool ignoreShared) => !Description.Migratable || (ignoreShared && Description.Shared);
}
