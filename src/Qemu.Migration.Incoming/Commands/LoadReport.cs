using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Memory;
using Qemu.Migration.Destination.Qapi;
using Qemu.Migration.Destination.Statistics;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Incoming.Commands;

/// <summary>What <c>incoming load</c> prints.</summary>
internal sealed record LoadReport
{
    /// <summary><c>completed</c>, <c>failed</c>, or <c>postcopy-paused</c> where a recording ends before all pages are there.</summary>
    public required string Status { get; init; }

    /// <summary>Why it failed, or null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public LoadError? Error { get; init; }

    /// <summary>What <c>query-migrate</c> says.</summary>
    public required MigrationInfo QueryMigrate { get; init; }

    /// <summary>Records and bytes received.</summary>
    public required WireCounts Wire { get; init; }

    /// <summary>Every RAM block's content, by name.</summary>
    public required SortedDictionary<string, BlockContent> Blocks { get; init; }

    /// <summary>Makes the report of a migration that has ended.</summary>
    /// <param name="migration">The migration.</param>
    /// <param name="pageHashes">Whether each page is hashed as well.</param>
    /// <returns>The report.</returns>
    public static LoadReport Of(IncomingMigration migration, bool pageHashes)
    {
        (MigrationStatus status, MigrationStatistics figures) = migration.State.Snapshot();
        SortedDictionary<string, BlockContent> blocks = new(StringComparer.Ordinal);
        foreach (RamBlock block in migration.Memory.Blocks)
            blocks[block.Name] = BlockContent.Of(block, migration.Memory.PageSizeBytes, pageHashes);
        return new()
        {
            Status = status.ToQapi(),
            Error = (migration.State.Error ?? (status == MigrationStatus.PostcopyPaused ? migration.State.PauseCause : null)) is { } error
                ? LoadError.Of(error) : null,
            QueryMigrate = MigrationInfo.From(migration.State, []),
            Wire = new(figures.NormalPages, figures.ZeroPages, figures.XbzrlePages, figures.TransferredBytes),
            Blocks = blocks,
        };
    }
}

/// <summary>Why a stream was rejected.</summary>
/// <param name="Code">Name of the <see cref="StreamErrorCode"/>.</param>
/// <param name="Message">One sentence.</param>
/// <param name="Offset">Absolute offset in bytes.</param>
/// <param name="Section">The section's idstr, or null.</param>
internal sealed record LoadError(
    string Code, string Message, long Offset, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Section)
{
    /// <summary>Describes an error.</summary>
    /// <param name="error">The error.</param>
    /// <returns>The description.</returns>
    public static LoadError Of(StreamError error) => new(error.Code.ToString(), error.Message, error.OffsetBytes, error.Section);
}

/// <summary>Records and bytes received.</summary>
/// <param name="Normal">PAGE records.</param>
/// <param name="Zero">ZERO records.</param>
/// <param name="Xbzrle">XBZRLE records.</param>
/// <param name="Bytes">Bytes on all channels.</param>
internal sealed record WireCounts(long Normal, long Zero, long Xbzrle, long Bytes);

/// <summary>A RAM block's content.</summary>
/// <param name="Length">Used length in bytes.</param>
/// <param name="Sha256">SHA-256 of the used length, hexadecimal.</param>
/// <param name="Pages">SHA-256 of each page, where asked for.</param>
internal sealed record BlockContent(long Length, string Sha256, IReadOnlyList<string>? Pages)
{
    private const int StepBytes = 1 << 20;

    /// <summary>Hashes a block.</summary>
    /// <param name="block">The block.</param>
    /// <param name="pageSizeBytes">Bytes of a page.</param>
    /// <param name="pageHashes">Whether each page is hashed as well.</param>
    /// <returns>The hashes.</returns>
    public static BlockContent Of(RamBlock block, int pageSizeBytes, bool pageHashes)
    {
        using IncrementalHash whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        List<string>? pages = pageHashes ? [] : null;
        for (long offset = 0; offset < block.UsedLengthBytes; offset += StepBytes)
        {
            int length = (int)Math.Min(StepBytes, block.UsedLengthBytes - offset);
            ReadOnlySpan<byte> content = GuestMemory.Read(block, offset, length);
            whole.AppendData(content);
            for (int page = 0; pages is not null && page < length; page += pageSizeBytes)
                pages.Add(Convert.ToHexStringLower(SHA256.HashData(content.Slice(page, pageSizeBytes))));
        }
        return new(block.UsedLengthBytes, Convert.ToHexStringLower(whole.GetHashAndReset()), pages);
    }
}

/// <summary>JSON of the reports, generated at compile time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.KebabCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LoadReport))]
internal sealed partial class LoadJsonContext : JsonSerializerContext;
