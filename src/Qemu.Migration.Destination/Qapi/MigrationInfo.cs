using System.Text.Json.Serialization;
using Qemu.Migration.Destination.Statistics;

namespace Qemu.Migration.Destination.Qapi;

/// <summary>
/// QAPI <c>MigrationInfo</c>, what <c>query-migrate</c> returns on the destination (stream reference, sections 7.3 and 8.5):
/// <code>
/// none               {}
/// setup              status  [socket-address]
/// active             status  [socket-address]  total-time  setup-time  ram
/// completed          status  total-time  setup-time  ram
/// failed             status  total-time  setup-time  ram  error-desc
/// </code>
/// A real QEMU 11 reports no figures on this side, and the patch posted in 2026 reports them once the migration has completed; this
/// reports them in every state from active on: live while loading, frozen with the end, and after a failure too. A migration
/// that failed before its first channel came has no figures.
/// </summary>
public sealed record MigrationInfo
{
    /// <summary>QAPI <c>MigrationStatus</c>; absent while nothing was asked for.</summary>
    public string? Status { get; init; }

    /// <summary>Milliseconds from setup's end to the end, or to now; 0 is a legal result.</summary>
    public long? TotalTime { get; init; }

    /// <summary>Milliseconds from <c>migrate-incoming</c> until the source's channels were there.</summary>
    public long? SetupTime { get; init; }

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
        return new()
        {
            Status = status.ToQapi(),
            TotalTime = figures.TotalTimeNanoseconds / 1_000_000,
            SetupTime = figures.SetupTimeMilliseconds,
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
