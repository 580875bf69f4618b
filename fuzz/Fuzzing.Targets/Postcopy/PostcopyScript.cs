using Fuzzing.Engine.Coverage;
using Fuzzing.Targets.Hosts;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Statistics;

namespace Fuzzing.Targets.Postcopy;

/// <summary>
/// A <see cref="SessionScript"/> whose connection 7 is no connection: its chunks are orders, two bytes each:
/// <code>
/// u8 what: 0, 1 that CPU reads a page; 2, 3 CPU 0 or 1 writes it; 4 x-touch; 5 migrate-pause; 6 stop, or cont; 7 query-migrate
/// u8 page
/// </code>
/// </summary>
/// <param name="guest">Takes what is ordered of it.</param>
/// <param name="mayStop">Whether the guest is stopped when the script says so.</param>
internal sealed class PostcopyScript(ScriptedGuest guest, bool mayStop = true) : SessionScript
{
    /// <summary>The number that orders have in place of a connection's.</summary>
    public const int Orders = Connections - 1;

    private const int Statuses = 1 + (int)MigrationStatus.Failed;
    private readonly AnswerLog[] _answers = [.. Enumerable.Range(0, Connections).Select(_ => new AnswerLog())];
    private readonly List<ScriptedChannel> _spoken = [];
    private MigrationStatistics? _asked;
    private int _servedBefore;
    private bool _isStopped;

    /// <summary>Which connection was served behind which one, and in what status.</summary>
    public StateCounters Situations { get; } = new("which connection was served in which status", Connections * Connections * Statuses);

    /// <summary>A figure that went back, or null.</summary>
    public string? WentBack { get; private set; }

    /// <summary>The connections in the order in which their first four bytes were there: who they are is known then.</summary>
    public IReadOnlyList<ScriptedChannel> Spoken => _spoken;

    /// <summary>What was sent back on a connection.</summary>
    public AnswerLog AnswersOf(int number) => _answers[number];

    /// <summary>Begins a run.</summary>
    public void Reset()
    {
        foreach (AnswerLog log in _answers)
            log.Reset();
        _spoken.Clear();
        _asked = null;
        _servedBefore = 0;
        _isStopped = false;
        WentBack = null;
    }

    /// <inheritdoc/>
    protected override AnswerLog AnswersOn(int number) => _answers[number];

    /// <inheritdoc/>
    protected override void NoteServed(FuzzDestination destination, int number)
    {
        const int magicBytes = 4;
        if (Channels[number] is { } channel && channel.Delivered.Count >= magicBytes && !_spoken.Contains(channel))
            _spoken.Add(channel);
        int status = (int)destination.Migration.State.Status;
        Situations.Meet((((status * Connections) + _servedBefore) * Connections) + number);
        _servedBefore = number;
    }

    /// <inheritdoc/>
    protected override bool TryObey(FuzzDestination destination, int header, ReadOnlySpan<byte> bytes)
    {
        if (header % Connections != Orders)
            return false;
        for (; bytes.Length >= 2; bytes = bytes[2..])
        {
            Obey(destination, bytes[0] % 8, bytes[1]);
            destination.Drain();
        }
        NoteServed(destination, Orders);
        return true;
    }

    private void Obey(FuzzDestination destination, int what, int page)
    {
        switch (what)
        {
            case <= 3:
                guest.Order(what & 1, page, what > 1);
                break;
            case 4:
                destination.Migration.Touch(destination.Memory.Blocks[0], page, 1);
                break;
            case 5:
                destination.Migration.TryPause();
                break;
            case 6 when mayStop:
                _isStopped = !_isStopped;
                if (_isStopped)
                    destination.Guest.Stop();
                else
                    destination.Guest.Continue();
                break;
            case 6:
                break;
            default:
                Ask(destination);
                break;
        }
    }

    private void Ask(FuzzDestination destination)
    {
        MigrationStatistics now = destination.Migration.State.Snapshot().Statistics;
        if (_asked is { } before && (now.NormalPages < before.NormalPages || now.ZeroPages < before.ZeroPages
            || now.TransferredBytes < before.TransferredBytes || now.PostcopyRequests < before.PostcopyRequests || now.DroppedPages < before.DroppedPages))
            WentBack ??= $"{before}, then {now}";
        _asked = now;
    }
}
