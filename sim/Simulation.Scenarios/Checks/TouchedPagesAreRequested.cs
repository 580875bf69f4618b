using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Wire;
using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Checks;

/// <summary>
/// A missing page that the guest, or a monitor for it, touches is requested once on each connection, and again after a recovery. The first request for a block
/// has its name. No other page is requested. When the migration has completed, no virtual CPU waits. When its connections are lost, a
/// virtual CPU waits only for a page that is missing.
/// </summary>
public sealed class TouchedPagesAreRequested : ICheck
{
    /// <inheritdoc/>
    public bool AppliesTo(RunObservation run) => run.Accesses.Count > 0 || run.Commands.Exists(IsTouch);

    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        if (run.Options.Migration.Postcopy is null)
            return null;
        HashSet<(string Block, int Page)> touched = [.. run.Accesses.Where(access => access.WasMissing).Select(access => (access.Block, access.Page))];
        touched.UnionWith(run.Commands.FindAll(IsTouch).SelectMany(PagesOf));
        HashSet<(string Block, int Page)> everRequested = [];
        foreach (ReceivedStream stream in run.MainStreams)
        {
            if (JudgeConnection(stream, run.PageBytes, touched, everRequested) is { } violation)
                return $"{violation}, on '{stream.Name}'";
        }

        if (JudgeRecoveries(run) is { } forgotten)
            return forgotten;
        foreach (GuestAccess access in run.Accesses)
        {
            if (JudgeAccess(run, access, everRequested) is { } violation)
                return $"virtual CPU {access.Vcpu} touched page {access.Page} of block '{access.Block}' at {access.BeginNanoseconds} ns, {violation}";
        }

        return null;
    }

    /// <summary>Whether a command has touched pages for the guest.</summary>
    internal static bool IsTouch(MonitorExchange command) => command is { Command: MonitorCommand.Touch, Succeeded: true };

    private static IEnumerable<(string Block, int Page)> PagesOf(MonitorExchange touch)
    {
        (int first, int count) = touch.Request.Pages.GetOffsetAndLength(int.MaxValue);
        return Enumerable.Range(first, count).Select(page => (touch.Request.Name!, page));
    }

    private static string? JudgeConnection(
        ReceivedStream stream, int pageBytes, HashSet<(string Block, int Page)> touched, HashSet<(string Block, int Page)> everRequested)
    {
        HashSet<(string Block, int Page)> requested = [];
        string? block = null;
        foreach (SentMessage message in SentMessage.ReadAll(stream.Sent))
        {
            if (!message.IsRequest)
                continue;
            if (message.Block == block)
                return $"block '{block}' is named again";
            block = message.Block ?? block;
            if (block is null)
                return "a page of no block is asked for";
            if (message.Length != pageBytes || message.Start % (uint)pageBytes != 0)
                return $"{message.Length} bytes at {message.Start} are asked for, which are no page";
            (string Block, int Page) page = (block, (int)(message.Start / (uint)pageBytes));
            if (!touched.Contains(page))
                return $"page {page.Page} of block '{block}' is asked for, and nobody has touched it while it was missing";
            if (!requested.Add(page))
                return $"page {page.Page} of block '{block}' is asked for twice";
        }

        everRequested.UnionWith(requested);
        return null;
    }

    // A source that has come back is asked for all pages that are waited for, right behind RESUME_ACK (stream reference, 9.2, #58).
    private static string? JudgeRecoveries(RunObservation run)
    {
        List<ReturnMessage> acks = run.ReturnPath.FindAll(message => message.Type == ReturnPathMessageType.ResumeAck);
        int next = 0;
        foreach (ReceivedStream stream in run.Recoveries)
        {
            List<SentMessage> sent = SentMessage.ReadAll(stream.Sent);
            if (!sent.Exists(message => message.Type == ReturnPathMessageType.ResumeAck) || next == acks.Count)
                continue;
            ReturnMessage ack = acks[next++];

            // What is lost on the way back was asked for; a page that comes on a channel of its own may be there before it is asked for.
            // A guest that is stopped waits to go on before it waits for a page.
            // migrate-pause ends the connection: what could not be sent any more was asked for again, and the destination says so.
            bool isWhole = run.RunStates is [{ To: RunState.Running }] && !run.Damage.Exists(done => done.Connection == stream.Name)
                && run.Options.Migration.Postcopy is { Preempt: false } && !run.Warnings.Exists(warning => IsLostRequest(warning, stream));
            HashSet<(string Block, int Page)> requested = PagesOf(sent, run.PageBytes);
            GuestAccess? forgotten = !isWhole ? null : run.Accesses.Find(access => access.WasMissing && access.BeginOrder < ack.Order
                && access.EndOrder > ack.Order && !requested.Contains((access.Block, access.Page)));
            if (forgotten is not null)
                return $"page {forgotten.Page} of block '{forgotten.Block}' was waited for and not asked for again, on '{stream.Name}'";
        }

        return null;
    }

    private static bool IsLostRequest(string warning, ReceivedStream stream) =>
        warning.StartsWith("return path: RequestPages", StringComparison.Ordinal) && warning.Contains($"'{stream.Name}'", StringComparison.Ordinal);

    private static HashSet<(string Block, int Page)> PagesOf(List<SentMessage> sent, int pageBytes)
    {
        HashSet<(string Block, int Page)> pages = [];
        string block = "";
        foreach (SentMessage message in sent.Where(message => message.IsRequest))
        {
            block = message.Block ?? block;
            pages.Add((block, (int)(message.Start / (uint)pageBytes)));
        }

        return pages;
    }

    private static string? JudgeAccess(RunObservation run, GuestAccess access, HashSet<(string Block, int Page)> requested)
    {
        bool hasEnded = access.EndNanoseconds is not null;

        // A run may end in the instant in which the guest goes on, before each CPU has had its turn.
        bool runs = run.FinalRunState == RunState.Running && run.RunStates is [.., { } last] && last.TimeNanoseconds < run.EndNanoseconds;
        if (!hasEnded && runs && run.LeavesNanoseconds is null && run.FinalStatus == MigrationStatus.Completed)
            return "and waits for ever though the migration has completed";
        if (!hasEnded && runs && run.FinalStatus == MigrationStatus.PostcopyPaused && run.Memory is { } memory
            && memory.Blocks.First(block => block.Name == access.Block).Received[access.Page])
            return "and waits for ever though the page has come";

        // A guest that is stopped touches nothing until it goes on, and a page may have come by then.
        bool mustAsk = access is { WasMissing: true, IsGivenUp: false, EndNanoseconds: { } end } && end > access.BeginNanoseconds
            && run.RunStates is [{ To: RunState.Running }] && run.Damage.Count == 0 && !run.WasPaused;
        return mustAsk && !requested.Contains((access.Block, access.Page)) ? "and it was not asked for" : null;
    }
}
