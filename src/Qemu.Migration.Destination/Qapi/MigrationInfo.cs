using System.Text.Json.Serialization;
using Qemu.Migration.Destination.Postcopy;
using Qemu.Migration.Destination.Statistics;

namespace Qemu.Migration.Destination.Qapi;

/// <summary>
/// QAPI <c>MigrationInfo</c>, what <c>query-migrate</c> returns on the destination (stream reference, sections 7.3 and 8.5):
/// <code>
/// none               {}
/// setup              status  [socket-address]
/// active             status  [socket-address]  total-time  setup-time  ram
/// postcopy-…         status  [socket-address]  total-time  setup-time  ram  recoveries  paused-time
/// completed          status  total-time  setup-time  ram  [recoveries  paused-time  postcopy-blocktime …]
/// failed             status  total-time  setup-time  ram  error-desc
/// </code>
/// A real QEMU 11 reports no figures on this side, and the patch posted in 2026 reports them once the migration has completed; this
/// reports them in every state from active on: live while loading, frozen with the end, and after a failure too. A migration
/// that failed before its first channel came has no figures.
/// </summary>
internal sealed record MigrationInfo
{
    /// <summary>QAPI <c>MigrationStatus</c>; absent while nothing was asked for.</summary>
    public string? Status { get; init; }

    /// <summary>Milliseconds from setup's end to the end, or to now; 0 is a legal result.</summary>
    public long? TotalTime { get; init; }

    /// <summary>Milliseconds from <c>migrate-incoming</c> until the source's channels were there.</summary>
    public long? SetupTime { get; init; }

    /// <summary>Not in QEMU's schema: how often the source came back in postcopy. Absent before postcopy.</summary>
    public long? Recoveries { get; init; }

    /// <summary>Not in QEMU's schema: milliseconds without a source in postcopy, a part of <see cref="TotalTime"/> and not of the time that
    /// rates are made of. Absent before postcopy.</summary>
    public long? PausedTime { get; init; }

    /// <summary>Milliseconds in which all virtual CPUs waited for pages at once. It and the following are there once a postcopy with
    /// capability <c>postcopy-blocktime</c> has completed.</summary>
    public long? PostcopyBlocktime { get; init; }

    /// <summary>Milliseconds in which each virtual CPU waited.</summary>
    public IReadOnlyList<long>? PostcopyVcpuBlocktime { get; init; }

    /// <summary>Nanoseconds that a page took to come, on average.</summary>
    public long? PostcopyLatency { get; init; }

    /// <summary>How many pages took how long: element N counts those from 2^N us on, up to 2^(N+1) us.</summary>
    public IReadOnlyList<long>? PostcopyLatencyDist { get; init; }

    /// <summary>Nanoseconds, on average, for each virtual CPU.</summary>
    public IReadOnlyList<long>? PostcopyVcpuLatency { get; init; }

    /// <summary>Nanoseconds, on average, for who is no virtual CPU.</summary>
    public long? PostcopyNonVcpuLatency { get; init; }

    /// <summary>Received RAM.</summary>
    public MigrationStats? Ram { get; init; }

    /// <summary>Where the source may connect, as long as it may.</summary>
    public IReadOnlyList<SocketAddress>? SocketAddress { get; init; }

    /// <summary>Why it failed, one sentence.</summary>
    public string? ErrorDesc { get; init; }

    /// <summary>Describes a migration: status and figures are of the same moment.</summary>
    /// <param name="state">The migration's state, or null when there is none.</param>
    /// <param name="addresses">Where the host listens.</param>
    /// <returns>The description.</returns>
    public static MigrationInfo From(MigrationIncomingState? state, IReadOnlyList<SocketAddress> addresses)
    {
        if (state is null)
            return new();
        (MigrationStatus status, MigrationStatistics figures) = state.Snapshot();
        if (status == MigrationStatus.None)
            return new();
        bool begun = figures.StartTimeNanoseconds is not null;
        BlockTimeFigures? waited = status == MigrationStatus.Completed ? figures.BlockTime : null;
        return new()
        {
            Status = status.ToQapi(),
            TotalTime = figures.TotalTimeNanoseconds / 1_000_000,
            SetupTime = figures.SetupTimeMilliseconds,
            Recoveries = figures.IsPostcopy ? figures.Recoveries : null,
            PausedTime = figures.IsPostcopy ? figures.PausedTimeNanoseconds / 1_000_000 : null,
            PostcopyBlocktime = waited?.AllBlockedNanoseconds / 1_000_000,
            PostcopyVcpuBlocktime = waited is null ? null : [.. waited.VcpuBlockedNanoseconds.Select(nanoseconds => nanoseconds / 1_000_000)],
            PostcopyLatency = waited?.LatencyNanoseconds,
            PostcopyLatencyDist = waited?.Distribution,
            PostcopyVcpuLatency = waited?.VcpuLatencyNanoseconds,
            PostcopyNonVcpuLatency = waited?.OtherLatencyNanoseconds,
            Ram = begun ? MigrationStats.From(figures) : null,
            SocketAddress = status.IsTerminal() || addresses.Count == 0 ? null : addresses,
            ErrorDesc = status == MigrationStatus.Failed ? state.Error?.Message : null,
        };
    }
}

/// <summary>JSON of the QAPI types, generated at compile time: kebab-case names, absent members left out.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.KebabCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(MigrationInfo))]
internal sealed partial class QapiJsonContext : JsonSerializerContext;
