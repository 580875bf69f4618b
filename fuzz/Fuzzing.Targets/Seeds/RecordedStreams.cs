using System.Buffers.Binary;
using System.Text;
using Fuzzing.Engine.Mutation;
using Fuzzing.Targets.Formats;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Wire;
using ZstdSharp;

namespace Fuzzing.Targets.Seeds;

/// <summary>Streams recorded from a real QEMU, cut down for the fuzzer's machines: of each kind of record a few stay, blocks get the
/// names and lengths of the machine here.</summary>
internal static class RecordedStreams
{
    private const int RecordsOfAKind = 2;

    /// <summary>Streams of <c>-M none</c>.</summary>
    public static IEnumerable<byte[]> None(string corpus) => Mains(corpus, "none-").Select(stream => Cut(stream, Machines.None));

    /// <summary>Streams of a pc.</summary>
    public static IEnumerable<byte[]> Pc(string corpus) => Mains(corpus, "pc-").Select(stream => Cut(stream, Machines.SmallPc));

    /// <summary>The descriptions at the ends of streams, whole where they are small.</summary>
    public static IEnumerable<byte[]> Descriptions(string corpus)
    {
        foreach (byte[] stream in Mains(corpus, ""))
        {
            Range json = VmDescription.FindAtEnd(stream);
            if (!json.Equals(default))
                yield return stream[json];
        }
    }

    /// <summary>The records of a stream's ram sections.</summary>
    public static byte[] RecordsOf(byte[] stream)
    {
        StructureMap map = new();
        MainStreamFormat.Instance.Read(stream, map);
        return [.. map.Parts.Where(part => part.Kind is PartKind.RamRecord or PartKind.BlockList).SelectMany(part => stream[part.Start..part.End])];
    }

    // What is not one stream over one channel is left to the simulated source.
    private static IEnumerable<byte[]> Mains(string corpus, string prefix)
    {
        foreach (string folder in Directory.EnumerateDirectories(Path.Combine(corpus, "qemu", "10.0.2"), prefix + "*").Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileName(folder);
            string[] files = [Path.Combine(folder, "stream.bin.zst"), Path.Combine(folder, "ch0.fwd.zst")];
            if (name.Contains("mapped", StringComparison.Ordinal) || name.Contains("postcopy", StringComparison.Ordinal)
                || Array.Find(files, File.Exists) is not { } file)
                continue;
            using Decompressor decompressor = new();
            decompressor.SetParameter(ZstdSharp.Unsafe.ZSTD_dParameter.ZSTD_d_windowLogMax, 27);
            yield return decompressor.Unwrap(File.ReadAllBytes(file), 256 * 1024 * 1024).ToArray();
        }
    }

    private static byte[] Cut(byte[] stream, MachineProfile machine)
    {
        StructureMap map = new();
        MainStreamFormat.Instance.Read(stream, map);
        List<byte> cut = [];
        Dictionary<uint, int> records = [];
        bool isKept = true;
        foreach (Part part in map.Parts)
        {
            ReadOnlySpan<byte> bytes = stream.AsSpan(part.Start, part.Length);
            switch (part.Kind)
            {
                case PartKind.SectionHeader:
                    isKept = IsHere(bytes, machine);
                    records.Clear();
                    break;
                case PartKind.BlockList:
                    cut.AddRange(BlockList(machine));
                    continue;
                case PartKind.RamRecord when !TryRename(ref bytes, machine, records):
                    continue;
                case PartKind.Description:
                    cut.AddRange([(byte)SectionType.VmDescription, 0, 0, 0, 2, .. "{}"u8]);
                    continue;
            }
            if (isKept)
                cut.AddRange(bytes);
            isKept |= part.Kind == PartKind.Footer;
        }
        return [.. cut];
    }

    private static bool IsHere(ReadOnlySpan<byte> header, MachineProfile machine)
    {
        if ((SectionType)header[0] is SectionType.Part or SectionType.End)
            return true;
        string name = Encoding.UTF8.GetString(header.Slice(6, header[5]));
        return name is "ram" or "globalstate" or "dirty-bitmap" || machine.Devices.Any(device => device.Name == name);
    }

    private static byte[] BlockList(MachineProfile machine)
    {
        long total = machine.RamBlocks.Sum(block => block.LengthBytes);
        List<byte> list = [.. StreamTemplates.Header(total, RamFlags.MemSize)];
        foreach (RamBlockDescription block in machine.RamBlocks)
        {
            list.Add((byte)Encoding.UTF8.GetByteCount(block.Name));
            list.AddRange(Encoding.UTF8.GetBytes(block.Name));
            list.AddRange(StreamTemplates.Header(block.LengthBytes, 0));
        }
        return [.. list];
    }

    // A record of a kind that there is enough of goes; the others name a block of this machine and a page inside it.
    private static bool TryRename(ref ReadOnlySpan<byte> record, MachineProfile machine, Dictionary<uint, int> records)
    {
        ulong header = BinaryPrimitives.ReadUInt64BigEndian(record);
        uint flags = (uint)(header & 0xfff);
        if ((flags & (RamFlags.Zero | RamFlags.Page | RamFlags.Xbzrle)) == 0)
            return true;
        int count = records.GetValueOrDefault(flags);
        records[flags] = count + 1;
        if (count >= RecordsOfAKind)
            return false;
        int body = RamFlags.HeaderBytes;
        RamBlockDescription block = machine.RamBlocks[0];
        byte[] name = [];
        if ((flags & RamFlags.Continue) == 0)
        {
            string named = Encoding.UTF8.GetString(record.Slice(body + 1, record[body]));
            block = machine.RamBlocks.FirstOrDefault(b => b.Name == named) ?? block;
            body += 1 + record[body];
            name = [(byte)Encoding.UTF8.GetByteCount(block.Name), .. Encoding.UTF8.GetBytes(block.Name)];
        }
        long smallest = machine.RamBlocks.Min(b => b.LengthBytes);
        long offset = (long)(header & ~0xfffUL) % smallest;
        record = (byte[])[.. StreamTemplates.Header(offset, flags), .. name, .. record[body..]];
        return true;
    }
}
