using System.Buffers.Binary;
using System.Text;
using Qemu.Migration.Wire;
using Simulation.Source.Guest;
using Simulation.Source.Savevm;

namespace Source.Tests;

/// <summary>A recorded postcopy migration of a pc, taken apart: its machine, and the pages of each section of <c>ram</c>.</summary>
internal sealed class RecordedPostcopy
{
    private readonly byte[] _stream;
    private readonly List<RamBlockLayout> _layout = [];
    private readonly List<DeviceState> _devices = [];
    private readonly List<RecordedPart> _parts = [];
    private string _machine = "";
    private string _block = "";
    private int _at;

    private RecordedPostcopy(byte[] stream) => _stream = stream;

    /// <summary>The sections with pages, in order.</summary>
    public IReadOnlyList<RecordedPart> Parts => _parts;

    /// <summary>Where the guest is stopped: SWITCHOVER_START.</summary>
    public int SwitchoverOffset { get; private set; }

    public SourceMachine Machine => new(_machine) { Devices = _devices };

    /// <summary>The guest with the RAM that it had when it was started.</summary>
    public GuestModel Guest() => new(_layout);

    /// <summary>Takes a whole stream, or the beginning of one, apart.</summary>
    public static RecordedPostcopy Of(byte[] stream)
    {
        RecordedPostcopy recorded = new(stream) { _at = FileHeader.SizeBytes + 1 };
        int length = (int)recorded.UInt32();
        recorded._machine = Encoding.ASCII.GetString(recorded.Take(length));
        recorded.Walk(stream.Length);
        return recorded;
    }

    /// <summary>Takes the stream of a recovery apart.</summary>
    public static RecordedPostcopy OfRecovery(byte[] stream)
    {
        RecordedPostcopy recorded = new(stream);
        recorded.Walk(stream.Length);
        return recorded;
    }

    /// <summary>Gives the guest the pages of a section, so that it sends them.</summary>
    public static void Apply(RecordedPart part, GuestModel guest)
    {
        foreach (RecordedPage page in part.Pages)
        {
            GuestBlock block = guest.Ram.Blocks.Single(candidate => candidate.Name == page.Block);
            guest.Ram.Write(block, page.OffsetInBlock, page.Content.Span);
        }
    }

    private void Walk(int end)
    {
        while (_at < end)
        {
            int start = _at;
            SectionType type = (SectionType)_stream[_at++];
            if (type == SectionType.Eof)
                return;
            if (type == SectionType.Command)
                Command(start);
            else if (type is SectionType.Start or SectionType.Full)
                Section(type);
            else
                Records(start);
        }
    }

    private void Command(int start)
    {
        CommandType command = (CommandType)BinaryPrimitives.ReadUInt16BigEndian(Take(2));
        int length = BinaryPrimitives.ReadUInt16BigEndian(Take(2));
        if (command == CommandType.SwitchoverStart)
            SwitchoverOffset = start;
        if (command == CommandType.Packaged)
            Walk((int)UInt32() + _at);
        else
            Take(length);
    }

    private void Section(SectionType type)
    {
        uint id = UInt32();
        string name = Text();
        uint instance = UInt32();
        uint version = UInt32();
        if (type == SectionType.Start)
        {
            Records(_at);
            return;
        }

        byte[] footer = new byte[5];
        footer[0] = (byte)SectionType.Footer;
        BinaryPrimitives.WriteUInt32BigEndian(footer.AsSpan(1), id);
        int length = _stream.AsSpan(_at).IndexOf(footer);
        _devices.Add(new(name, id, version, Take(length).ToArray(), []) { InstanceId = instance });
        Take(footer.Length);
    }

    private void Records(int start)
    {
        if (_stream[start] is (byte)SectionType.Part or (byte)SectionType.End)
            UInt32();
        List<RecordedPage> pages = [];
        while (_at + sizeof(ulong) <= _stream.Length)
        {
            int at = _at;
            ulong header = BinaryPrimitives.ReadUInt64BigEndian(Take(8));
            ulong flags = header & (GuestRam.UsualPageBytes - 1);
            if ((flags & RamFlags.Eos) != 0)
            {
                Take(5);
                break;
            }

            if ((flags & RamFlags.MemSize) != 0)
            {
                BlockList((long)(header - flags));
                continue;
            }

            if ((flags & RamFlags.Continue) == 0)
                _block = Text();
            bool whole = (flags & RamFlags.Page) != 0;
            if (whole && _at + GuestRam.UsualPageBytes > _stream.Length)
                break;
            ReadOnlyMemory<byte> content = whole ? Take(GuestRam.UsualPageBytes).ToArray() : new byte[GuestRam.UsualPageBytes];
            if (!whole)
                Take(1);
            pages.Add(new(at, _block, (long)(header - flags), content));
        }

        if (pages.Count > 0)
            _parts.Add(new(start, pages));
    }

    private void BlockList(long totalBytes)
    {
        while (totalBytes > 0)
        {
            string name = Text();
            long length = BinaryPrimitives.ReadInt64BigEndian(Take(8));
            _layout.Add(new(name, length));
            totalBytes -= length;
        }
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        ReadOnlySpan<byte> bytes = _stream.AsSpan(_at, Math.Min(count, _stream.Length - _at));
        _at += count;
        return bytes;
    }

    private uint UInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    private string Text() => Encoding.ASCII.GetString(Take(Take(1)[0]));
}

/// <summary>A section of <c>ram</c> with pages.</summary>
/// <param name="Offset">Where it begins in the stream.</param>
/// <param name="Pages">Its pages, in order.</param>
internal sealed record RecordedPart(int Offset, IReadOnlyList<RecordedPage> Pages);

/// <summary>A page's record.</summary>
/// <param name="Offset">Where it begins in the stream.</param>
/// <param name="Block">Its block.</param>
/// <param name="OffsetInBlock">Where the page lies.</param>
/// <param name="Content">The page.</param>
internal sealed record RecordedPage(int Offset, string Block, long OffsetInBlock, ReadOnlyMemory<byte> Content);
