using Fuzzing.Engine;
using Fuzzing.Engine.Coverage;
using Fuzzing.Engine.Mutation;
using Fuzzing.Targets.Formats;
using Fuzzing.Targets.Hosts;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Memory;
using Qemu.Migration.Wire;

namespace Fuzzing.Targets.Postcopy;

/// <summary>A postcopy session: main, the channel for urgent pages, recoveries, a guest that touches pages, and orders, interleaved by the
/// input.</summary>
internal sealed class PostcopyTarget : FuzzTarget
{
    private const int PreemptBit = 1;
    private const int MultifdBit = 2;
    private const int BlockTimeBit = 4;
    private const int WrittenThroughBit = 128;
    private const int SettingsMask = 7;

    // As often as a session looks after those that wait; longer than it waits for a connection.
    private static readonly TimeSpan ShortTime = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongTime = TimeSpan.FromMinutes(5);

    private readonly PlacementWatch _watch = new();
    private readonly ScriptedGuest _guest;
    private readonly PostcopyScript _script;

    // All at once: what is made in a run counts as covered by its input.
    private readonly FuzzDestination[] _made;

    public PostcopyTarget()
    {
        _guest = new(_watch);
        _script = new(_guest);
        _made = [.. Enumerable.Range(0, 2 * (SettingsMask + 1)).Select(Make)];
    }

    public override string Name => "postcopy";

    public override string Covers => "Sessions of postcopy: discards, package, urgent pages on their own channel, multifd before, losses and recoveries, a guest of two CPUs, orders of a monitor.";

    public override string Asserts => "It ends or is paused, and nobody waits; a page is placed once; the guest finds what it wrote; a page that has not come is zero; requests and bitmaps are right; else as main-stream.";

    public override int MaximumBytes => 64 * 1024;

    public override InputFormat Format => PostcopyFormat.Instance;

    public override StateCounters? States => _script.Situations;

    protected override void RunInput(ReadOnlyMemory<byte> input)
    {
        byte options = input.IsEmpty ? (byte)0 : input.Span[0];
        FuzzDestination destination = _made[(options & SettingsMask) + ((options & WrittenThroughBit) != 0 ? SettingsMask + 1 : 0)];
        _guest.Reset();
        _script.Reset();
        _watch.Reset();
        destination.Begin();
        _script.Run(destination, SessionDestinations.DeliveryOf(options), input.IsEmpty ? default : input.Span[1..]);
        Finish(destination);
        if (destination.Migration.State.Status != MigrationStatus.Setup)
            Judge(destination);
        destination.Clear();
    }

    // The script is over and all connections are closed: the guest runs on, and time passes, until nobody has anything to wait for.
    private void Finish(FuzzDestination destination)
    {
        destination.Guest.Continue();
        _guest.Finish();
        destination.Drain();
        destination.Pass(ShortTime);
        destination.Pass(ShortTime);
        destination.Pass(LongTime);
        destination.Pass(ShortTime);
        if (destination.Migration.State.Status == MigrationStatus.PostcopyPaused)
            destination.PowerOff();
    }

    private void Judge(FuzzDestination destination)
    {
        destination.RequireEnd();
        destination.Judge(_script.Bytes);
        FindingException.Unless(_watch.PlacedTwice is null, "a page is placed once", $"page {_watch.PlacedTwice}");
        FindingException.Unless(_guest.Lost is null, "the guest finds what it wrote", $"page {_guest.Lost}");
        FindingException.Unless(_script.WentBack is null, "no figure goes back", $"{_script.WentBack}");
        RamBlock block = destination.Memory.Blocks[0];
        for (int number = 0; number < PostcopyScript.Orders; number++)
            PostcopyAnswers.Judge(_script.AnswersOf(number), block, destination.Migration.State);
        int pageBytes = destination.Memory.PageSizeBytes;
        for (long page = 0; page < block.UsedLengthBytes / pageBytes; page++)
        {
            if (!block.Received[page] && !_guest.HasWritten(page))
            {
                FindingException.Unless(
                    !GuestMemory.Read(block, page * pageBytes, pageBytes).ContainsAnyExcept((byte)0), "a page that has not come is zero", $"page {page}");
            }
        }
    }

    private FuzzDestination Make(int number)
    {
        List<string> on = ["postcopy-ram"];
        if ((number & PreemptBit) != 0)
            on.Add("postcopy-preempt");
        if ((number & MultifdBit) != 0)
            on.Add("multifd");
        if ((number & BlockTimeBit) != 0)
            on.Add("postcopy-blocktime");
        FuzzDestination made = new(Machines.None, Machines.With([.. on]), isWrittenThrough: number > SettingsMask, pageWatch: _watch);
        made.Environment.Program = _guest;
        made.Environment.StatusChanged = status =>
        {
            if (status == MigrationStatus.PostcopyActive)
                _watch.Open();
        };
        return made;
    }
}
