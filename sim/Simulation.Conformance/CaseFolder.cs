using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Qemu.Migration.Destination.Machine;
using Simulation.Oracle;
using Simulation.Source.Hosting;

namespace Simulation.Conformance;

/// <summary>
/// A case as a folder: <c>case.json</c> says what the destination is, and <c>0.bin</c>, <c>1.bin</c> ... are the bytes of the
/// connections in the order in which they are made.
/// </summary>
internal static class CaseFolder
{
    private const string Description = "case.json";

    // Do not escape quotation marks: these files are not embedded in HTML.
    private static readonly CaseJson Json =
        new(new JsonSerializerOptions(CaseJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    private const string MachineName = "none";

    /// <summary>Whether a folder holds a case.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>Whether it does.</returns>
    public static bool Is(string folder) => File.Exists(Path.Combine(folder, Description));

    /// <summary>Writes a case.</summary>
    /// <param name="folder">Where to; made when it is not there.</param>
    /// <param name="kept">The case.</param>
    /// <param name="seen">What was seen, a sentence.</param>
    /// <param name="qemu">The version of QEMU that was asked.</param>
    public static void Write(string folder, RefereeCase kept, string seen, string qemu)
    {
        Directory.CreateDirectory(folder);
        CaseDescription description = new()
        {
            Name = kept.Name,
            Seen = seen,
            Qemu = qemu,
            Block = kept.Block.Name,
            LengthBytes = kept.Block.LengthBytes,
            Poison = kept.Poison,
            Uuid = kept.Profile.Uuid,
            OmitsConfiguration = !kept.Profile.SendConfiguration,
            OmitsSectionFooters = !kept.Profile.SendSectionFooter,
            OmitsDescription = kept.Profile.SuppressVmDescription,
            FlushesAfterEachSection = kept.Profile.MultifdFlushAfterEachSection,
            StartsPaused = !kept.Autostart,
            Capabilities = kept.Capabilities,
            MultifdChannels = kept.MultifdChannels,
            MultifdCompression = kept.Compression,
            IsFile = kept.IsFile,
            Connections = kept.Connections.Count,
            Roles = kept.Connections.Any(connection => connection.IsUrgent || connection.Leg > 0)
                ? [.. kept.Connections.Select(connection => new CaseRole(connection.Leg, connection.IsUrgent))] : null,
            Log = kept.Log,
        };
        File.WriteAllText(Path.Combine(folder, Description), JsonSerializer.Serialize(description, Json.CaseDescription) + "\n");
        for (int i = 0; i < kept.Connections.Count; i++)
            File.WriteAllBytes(BytesOf(folder, i), kept.Connections[i].Bytes.Span);
    }

    /// <summary>Reads a case.</summary>
    /// <param name="folder">Where it is.</param>
    /// <returns>The case.</returns>
    /// <exception cref="FormatException">It is none.</exception>
    public static RefereeCase Read(string folder)
    {
        CaseDescription description;
        try
        {
            description = JsonSerializer.Deserialize(File.ReadAllText(Path.Combine(folder, Description)), CaseJson.Default.CaseDescription)
                ?? throw new FormatException($"'{folder}': a case is a JSON object, not null");
        }
        catch (JsonException error)
        {
            throw new FormatException($"'{folder}': not a case: {error.Message}", error);
        }

        return ToCase(description, folder);
    }

    /// <summary>The machine <c>none</c> with one RAM block, as our destination knows it.</summary>
    /// <param name="block">The block's name.</param>
    /// <param name="lengthBytes">Its length in bytes.</param>
    /// <returns>The machine; without the network that <c>-nodefaults</c> takes away.</returns>
    public static MachineProfile Profile(string block, long lengthBytes) =>
        MachineProfile.None(new RamBlockDescription { Name = block, LengthBytes = lengthBytes, Shared = true })
            with { Devices = [DeviceSection.Timer] };

    /// <summary>The same machine as the oracle knows it.</summary>
    /// <param name="profile">The machine.</param>
    /// <param name="autostart">Whether the guest starts by itself.</param>
    /// <returns>The machine.</returns>
    public static OracleMachine Machine(MachineProfile profile, bool autostart) =>
        OracleMachine.None(new OracleBlock(profile.RamBlocks[0].Name, profile.RamBlocks[0].LengthBytes) { Shared = true }) with
        {
            Name = MachineName,
            Uuid = profile.Uuid is { } uuid ? uuid.ToByteArray(bigEndian: true) : default(ReadOnlyMemory<byte>),
            SendConfiguration = profile.SendConfiguration,
            SendSectionFooter = profile.SendSectionFooter,
            SuppressVmDescription = profile.SuppressVmDescription,
            MultifdFlushAfterEachSection = profile.MultifdFlushAfterEachSection,
            SwitchoverAckLegacy = profile.SwitchoverAckLegacy,
            Autostart = autostart,
        };

    private static RefereeCase ToCase(CaseDescription description, string folder)
    {
        MachineProfile profile = Profile(description.Block, description.LengthBytes) with
        {
            Uuid = description.Uuid,
            SendConfiguration = !description.OmitsConfiguration,
            SendSectionFooter = !description.OmitsSectionFooters,
            SuppressVmDescription = description.OmitsDescription,
            MultifdFlushAfterEachSection = description.FlushesAfterEachSection,
        };
        return new RefereeCase
        {
            Name = folder,
            Arguments = [folder],
            Profile = profile,
            Machine = Machine(profile, !description.StartsPaused),
            Capabilities = description.Capabilities,
            MultifdChannels = description.MultifdChannels,
            Compression = description.MultifdCompression,
            IsFile = description.IsFile,
            Autostart = !description.StartsPaused,
            Poison = description.Poison,
            Connections = [.. Enumerable.Range(0, description.Connections).Select(i => new RefereeConnection(File.ReadAllBytes(BytesOf(folder, i)))
            {
                Leg = description.Roles?[i].Leg ?? 0,
                IsUrgent = description.Roles?[i].IsUrgent ?? false,
            })],
            Log = description.Log,
        };
    }

    private static string BytesOf(string folder, int connection) =>
        Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{connection}.bin"));
}

/// <summary>What a connection is in postcopy.</summary>
/// <param name="Leg">0, or the number of the recovery that it belongs to.</param>
/// <param name="IsUrgent">Whether it is the channel for urgent pages.</param>
internal sealed record CaseRole(int Leg, bool IsUrgent);

/// <summary>What <c>case.json</c> says. A member that is absent has its plainest value.</summary>
internal sealed record CaseDescription
{
    /// <summary>What the case is.</summary>
    public required string Name { get; init; }

    /// <summary>What was seen of it, a sentence.</summary>
    public required string Seen { get; init; }

    /// <summary>The QEMU that showed it.</summary>
    public required string Qemu { get; init; }

    /// <summary>The RAM block's name.</summary>
    public required string Block { get; init; }

    /// <summary>Its length in bytes, a multiple of 8 KiB.</summary>
    public required long LengthBytes { get; init; }

    /// <summary>What fills it before the migration.</summary>
    public byte Poison { get; init; }

    /// <summary><c>-uuid</c>, or null.</summary>
    public Guid? Uuid { get; init; }

    /// <summary><c>send-configuration=off</c>.</summary>
    public bool OmitsConfiguration { get; init; }

    /// <summary><c>send-section-footer=off</c>.</summary>
    public bool OmitsSectionFooters { get; init; }

    /// <summary><c>suppress-vmdesc=on</c>.</summary>
    public bool OmitsDescription { get; init; }

    /// <summary><c>multifd-flush-after-each-section=on</c>.</summary>
    public bool FlushesAfterEachSection { get; init; }

    /// <summary><c>-S</c>.</summary>
    public bool StartsPaused { get; init; }

    /// <summary>Capabilities that are on.</summary>
    public required IReadOnlyList<string> Capabilities { get; init; }

    /// <summary>Parameter <c>multifd-channels</c>.</summary>
    public required int MultifdChannels { get; init; }

    /// <summary>Parameter <c>multifd-compression</c>.</summary>
    public OracleCompression MultifdCompression { get; init; }

    /// <summary>Whether the one connection is a file.</summary>
    public bool IsFile { get; init; }

    /// <summary>How many connections there are.</summary>
    public required int Connections { get; init; }

    /// <summary>What each of them is in postcopy; absent where no one is more than main or a multifd channel.</summary>
    public IReadOnlyList<CaseRole>? Roles { get; init; }

    /// <summary>What the source does with them, in order; absent where it makes each, sends all of it and closes it.</summary>
    public IReadOnlyList<RecordedStep>? Log { get; init; }
}

/// <summary>How <c>case.json</c> is written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(CaseDescription))]
internal sealed partial class CaseJson : JsonSerializerContext;
