using Simulation.Engine.Choices;

namespace Simulation.Source.Guest;

/// <summary>
/// The guest that is migrated: its memory, what it does to it while it runs, and the log of the pages it has written since the
/// source last looked. Time is given by the caller; the same seed and the same times give the same writes.
/// </summary>
public sealed class GuestModel
{
    private readonly Prng _random = new(0);
    private GuestWorkload _workload = GuestWorkload.Idle;
    private long _startNanoseconds;
    private long _writes;
    private int _sweep;

    /// <summary>Makes a guest that sleeps, its memory all zero.</summary>
    /// <param name="layout">Its RAM blocks, in the order of the MEM_SIZE list.</param>
    public GuestModel(params IReadOnlyList<RamBlockLayout> layout)
    {
        Ram = new GuestRam(layout);
        DirtyLog.Reset(Ram.PageCount);
    }

    /// <summary>The guest's memory.</summary>
    public GuestRam Ram { get; }

    /// <summary>Pages written since the log was last taken (KVM_GET_DIRTY_LOG).</summary>
    public DirtyBitmap DirtyLog { get; } = new();

    /// <summary>Whether its processors run. A stopped guest writes nothing.</summary>
    public bool IsRunning { get; private set; }

    /// <summary>Makes it another guest: memory zero, stopped, sleeping.</summary>
    /// <param name="layout">Its RAM blocks.</param>
    /// <param name="pageBytes">TARGET_PAGE_SIZE.</param>
    public void Reset(IReadOnlyList<RamBlockLayout> layout, int pageBytes = GuestRam.UsualPageBytes)
    {
        Ram.Reset(layout, pageBytes);
        DirtyLog.Reset(Ram.PageCount);
        _workload = GuestWorkload.Idle;
        IsRunning = false;
    }

    /// <summary>Fills the memory.</summary>
    /// <param name="mix">How likely each kind of page is.</param>
    /// <param name="seed">Draws the pages.</param>
    public void Fill(ContentMix mix, ulong seed)
    {
        _random.Reseed(seed);
        for (int page = 0; page < Ram.PageCount; page++)
            Ram.Assign(page, mix.Draw(_random));
    }

    /// <summary>Starts the guest's processors.</summary>
    /// <param name="workload">What it does from now on.</param>
    /// <param name="seed">Draws the writes.</param>
    /// <param name="nowNanoseconds">Virtual time.</param>
    public void Start(GuestWorkload workload, ulong seed, long nowNanoseconds)
    {
        _random.Reseed(seed);
        _workload = workload;
        _startNanoseconds = nowNanoseconds;
        _writes = 0;
        _sweep = 0;
        IsRunning = true;
    }

    /// <summary>Stops the guest's processors, after it has done what was due.</summary>
    /// <param name="nowNanoseconds">Virtual time.</param>
    public void Stop(long nowNanoseconds)
    {
        Advance(nowNanoseconds);
        IsRunning = false;
    }

    /// <summary>Lets the guest do what is due. Nothing when it is stopped.</summary>
    /// <param name="nowNanoseconds">Virtual time, not before that of the last call.</param>
    public void Advance(long nowNanoseconds)
    {
        if (!IsRunning || Ram.PageCount == 0)
            return;
        long due = _workload.WritesUntil(nowNanoseconds - _startNanoseconds);
        for (; _writes < due; _writes++)
            WritePage();
    }

    private void WritePage()
    {
        int workingSet = Math.Clamp(_workload.WorkingSetPages, 1, Ram.PageCount);
        int page = _workload.Pattern switch
        {
            DirtyPattern.Sweep => NextOfSweep(),
            DirtyPattern.HotSet or DirtyPattern.ZeroFlips => _random.NextInt(workingSet),
            _ => _random.NextInt(Ram.PageCount),
        };
        if (_workload.Pattern == DirtyPattern.ZeroFlips)
            Flip(page);
        else
            Scribble(page);
        DirtyLog.Set(page);
    }

    private int NextOfSweep()
    {
        int page = _sweep;
        _sweep = (_sweep + 1) % Ram.PageCount;
        return page;
    }

    private void Flip(int page) => Ram.Assign(
        page, Ram.IsZero(page) ? PageLibrary.Frame(PageKind.Text, _random.NextInt(PageLibrary.FramesPerKind)) : 0);

    // The bytes come from anywhere in the noise and the first is never zero, so that a write shows in the page.
    private void Scribble(int page)
    {
        Span<byte> content = Ram.Writable(page);
        int count = 1 + _random.NextInt(Math.Clamp(_workload.BytesPerWrite, 1, GuestRam.UsualPageBytes));
        int offset = _random.NextInt(Ram.PageBytes - count + 1);
        ReadOnlySpan<byte> noise = PageLibrary.Noise;
        noise.Slice(_random.NextInt(noise.Length - count), count).CopyTo(content[offset..]);
        content[offset] |= 1;
    }
}
