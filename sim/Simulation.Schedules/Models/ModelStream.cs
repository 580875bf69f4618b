using System.Buffers.Binary;
using System.Text;
using Qemu.Migration.Wire;

namespace Simulation.Schedules.Models;

/// <summary>Writes the bytes of a model's connections, and keeps the truth beside: the RAM and the figures they add up to.</summary>
internal sealed partial class ModelStream
{
    public const int PageBytes = 4096;
    public const string BlockName = "ram";
    private const int SectionId = 1;

    private readonly List<ModelPortion> _portions = [];
    private readonly MemoryStream _open = new();
    private readonly List<int> _pageNumbers = [];

    /// <summary>The pages written so far, some of them perhaps twice.</summary>
    public IReadOnlyList<int> PageNumbers => _pageNumbers;

    /// <summary>Pages with content written so far.</summary>
    public long NormalPages { get; private set; }

    /// <summary>Pages without content written so far.</summary>
    public long ZeroPages { get; private set; }

    /// <summary>Bytes written so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>Ends the portion under way: what follows comes with another read.</summary>
    public ModelStream Cut()
    {
        if (_open.Length > 0)
            _portions.Add(_condition with { Bytes = _open.ToArray() });
        _open.SetLength(0);
        _condition = Always;
        return this;
    }

    /// <summary>The connection.</summary>
    public ModelConnection ToConnection(string name, ConnectionEnd end)
    {
        Cut();
        return new(name, _portions, end);
    }

    public ModelStream FileHeader() => U32(Qemu.Migration.Wire.FileHeader.Magic).U32(Qemu.Migration.Wire.FileHeader.Version);

    /// <summary>OPEN_RETURN_PATH: the source wants to be told how it ends.</summary>
    public ModelStream OpenReturnPath() => U8((byte)SectionType.Command).U16((ushort)CommandType.OpenReturnPath).U16(0);

    /// <summary>The section <c>ram</c> begins. It has no block list, so that the model has no barrier before the first pages.</summary>
    public ModelStream RamStart() =>
        U8((byte)SectionType.Start).U32(SectionId).Text8(BlockName).U32(0).U32(RamFlags.SectionVersion);

    public ModelStream RamPart() => U8((byte)SectionType.Part).U32(SectionId);

    public ModelStream RamEnd() => U8((byte)SectionType.End).U32(SectionId);

    public ModelStream Flush() => U64(RamFlags.MultifdFlush);

    public ModelStream EndOfRecords() => U64(RamFlags.Eos).U8((byte)SectionType.Footer).U32(SectionId);

    /// <summary>The run state and the end of the stream.</summary>
    public ModelStream RunningAndEnd() => Running().End();

    /// <summary>The end of the stream.</summary>
    public ModelStream End() => U8((byte)SectionType.Eof);

    private ModelStream Running()
    {
        const int id = 3;
        byte[] body = new byte[104];
        BinaryPrimitives.WriteUInt32BigEndian(body, 8);
        "running"u8.CopyTo(body.AsSpan(4));
        body[36] = 1;
        U8((byte)SectionType.Full).U32(id).Text8("globalstate").U32(0).U32(1).Raw(body);
        return U8((byte)SectionType.Footer).U32(id);
    }

    public ModelStream Initial(int channel)
    {
        byte[] packet = new byte[MultifdInitialPacket.SizeBytes];
        new MultifdInitialPacket(null, (byte)channel).Write(packet);
        return Raw(packet);
    }

    public ModelStream Sync() => Raw(Header(MultifdPacket.FlagSync, 0, [], []));

    /// <summary>A packet of pages; each page's content in two portions, so that its write has a middle.</summary>
    /// <param name="ram">The guest's RAM, brought up to date.</param>
    /// <param name="fill">What the normal pages are filled with.</param>
    /// <param name="normal">Numbers of pages with content.</param>
    /// <param name="zero">Numbers of pages without.</param>
    public ModelStream Pages(byte[] ram, byte fill, int[] normal, int[] zero)
    {
        Raw(Header(0, MultifdPacket.PagesPerPacket(PageBytes), normal, zero)).Cut();
        foreach (int page in normal)
        {
            Span<byte> content = ram.AsSpan(page * PageBytes, PageBytes);
            content.Fill(fill);
            Raw(content[..(PageBytes / 2)]).Cut().Raw(content[(PageBytes / 2)..]).Cut();
        }

        foreach (int page in zero)
            ram.AsSpan(page * PageBytes, PageBytes).Clear();
        _pageNumbers.AddRange([.. normal, .. zero]);
        NormalPages += normal.Length;
        ZeroPages += zero.Length;
        return this;
    }

    public ModelStream Raw(ReadOnlySpan<byte> bytes)
    {
        _open.Write(bytes);
        Bytes += bytes.Length;
        return this;
    }

    private static byte[] Header(uint flags, int allocated, int[] normal, int[] zero)
    {
        byte[] header = new byte[MultifdPacket.HeaderBytes(PageBytes)];
        uint[] words =
        [
            MultifdPacket.Magic, MultifdPacket.Version, flags, (uint)allocated, (uint)normal.Length, (uint)(normal.Length * PageBytes),
        ];
        for (int i = 0; i < words.Length; i++)
            BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(4 * i), words[i]);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(32), (uint)zero.Length);
        if (normal.Length + zero.Length > 0)
            Encoding.ASCII.GetBytes(BlockName).CopyTo(header, 64);
        int[] pages = [.. normal, .. zero];
        for (int i = 0; i < pages.Length; i++)
            BinaryPrimitives.WriteUInt64BigEndian(header.AsSpan(MultifdPacket.FixedBytes + (8 * i)), (ulong)pages[i] * PageBytes);
        return header;
    }

    private ModelStream U8(byte value) => Raw([value]);

    private ModelStream U16(ushort value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
        return Raw(bytes);
    }

    private ModelStream U32(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return Raw(bytes);
    }

    private ModelStream U64(ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        return Raw(bytes);
    }

    private ModelStream Text8(string text) => U8((byte)text.Length).Raw(Encoding.ASCII.GetBytes(text));
}
