using System.Text;
using Qemu.Migration.Wire;

namespace Simulation.Schedules.Models;

/// <content>What a source says in postcopy.</content>
internal sealed partial class ModelStream
{
    private static readonly ModelPortion Always = new(default);

    // What the portion under way depends on.
    private ModelPortion _condition = Always;

    /// <summary>How a package ends.</summary>
    public enum PackageEnd
    {
        /// <summary>By RUN.</summary>
        Run,

        /// <summary>By the section type EOF, without RUN.</summary>
        Eof,
    }

    /// <summary>What follows, up to the next cut, is said when the source was asked for a page.</summary>
    public ModelStream WhenRequested(int page)
    {
        Cut();
        _condition = Always with { Requested = page };
        return this;
    }

    /// <summary>What follows, up to the next cut, is said when the destination's bitmap is there.</summary>
    public ModelStream WhenBitmap()
    {
        Cut();
        _condition = Always with { NeedsBitmap = true };
        return this;
    }

    /// <summary>POSTCOPY_ADVISE: the source may go on in postcopy.</summary>
    public ModelStream Advise() => Command(CommandType.PostcopyAdvise, PostcopyAdvice.SizeBytes).U64(PageBytes).U64(PageBytes);

    /// <summary>POSTCOPY_RAM_DISCARD of one page, which the source's guest has written again.</summary>
    public ModelStream Discard(int page)
    {
        byte[] payload = new byte[3 + BlockName.Length + RamDiscard.RangeBytes];
        int length = RamDiscard.Write(payload, Encoding.ASCII.GetBytes(BlockName), [((ulong)page * PageBytes, PageBytes)]);
        return Command(CommandType.PostcopyRamDiscard, length).Raw(payload.AsSpan(0, length));
    }

    /// <summary>The guest's package, in two portions.</summary>
    public ModelStream Package(PackageEnd end = PackageEnd.Run)
    {
        ModelStream package = new ModelStream().Command(CommandType.PostcopyListen, 0).Cut().Running().Ping(3);
        _ = end == PackageEnd.Run ? package.Command(CommandType.PostcopyRun, 0) : package.End();
        package.Cut();
        Command(CommandType.Packaged, sizeof(uint)).U32((uint)package.Bytes);
        return Raw(package._portions[0].Bytes.Span).Cut().Raw(package._portions[1].Bytes.Span);
    }

    /// <summary>PING: the destination answers.</summary>
    public ModelStream Ping(uint value) => Command(CommandType.Ping, sizeof(uint)).U32(value);

    /// <summary>A page with content, on main or the channel for urgent pages.</summary>
    /// <param name="ram">The guest's RAM at the source, brought up to date.</param>
    /// <param name="page">The page's number.</param>
    /// <param name="fill">What it is filled with; null for what it has been filled with before.</param>
    public ModelStream Page(byte[] ram, int page, byte? fill = null)
    {
        Span<byte> content = ram.AsSpan(page * PageBytes, PageBytes);
        if (fill is { } value)
            content.Fill(value);
        NormalPages++;
        _pageNumbers.Add(page);
        return PageHeader(page).Raw(content);
    }

    /// <summary>A page of a recovery: a whole section in a portion of its own, left out where the destination's bitmap has it.</summary>
    public ModelStream Again(byte[] ram, int page, bool whenRequested = false)
    {
        Cut();
        _condition = Always with { Again = page, Requested = whenRequested ? page : -1 };
        return RamPart().Page(ram, page).EndOfRecords().Cut();
    }

    /// <summary>The header of a page's record, without the page.</summary>
    public ModelStream PageHeader(int page) => U64(((ulong)page * PageBytes) | RamFlags.Page).Text8(BlockName);

    /// <summary>A recovery begins: the source asks for the bitmap, and says when it knows it.</summary>
    public ModelStream Recovery() => RecvBitmap().WhenBitmap().Resume();

    /// <summary>RECV_BITMAP: which pages are there?</summary>
    public ModelStream RecvBitmap() => Command(CommandType.RecvBitmap, 1 + BlockName.Length).Text8(BlockName).Cut();

    private ModelStream Resume() => Command(CommandType.PostcopyResume, 0).Cut();

    private ModelStream Command(CommandType type, int length) => U8((byte)SectionType.Command).U16((ushort)type).U16((ushort)length);
}
