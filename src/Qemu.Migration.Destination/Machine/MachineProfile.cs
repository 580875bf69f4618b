using System.Text.Json;
using System.Text.Json.Serialization;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Destination.Machine;

/// <summary>
/// What the destination must know of a machine to load its stream: QEMU has it in code, a stream carries only part of it. Written by
/// <c>incoming describe</c> as JSON, read with <c>--machine</c>; <see cref="None"/> is built in.
/// </summary>
/// <remarks>Optional members have set accessors, not init ones: generated JSON code sets every init-only member, and one that is
/// absent would lose its default.</remarks>
public sealed record MachineProfile
{
    /// <summary>Version of this JSON layout; other versions are refused.</summary>
    public const int FormatVersion = 1;

    /// <summary>Version of the JSON layout, <see cref="FormatVersion"/>.</summary>
    public int Format { get; set; } = FormatVersion;

    /// <summary>The machine type's name as CONFIGURATION carries it: <c>none</c>, <c>pc-i440fx-10.0</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Target page size in bytes, a power of two from 1 KiB to 64 KiB.</summary>
    public int PageSizeBytes { get; set; } = 4096;

    /// <summary>Compat property <c>send-configuration</c>: a CONFIGURATION section follows the header (section 7.5).</summary>
    public bool SendConfiguration { get; set; } = true;

    /// <summary>Compat property <c>send-section-footer</c>: sections end in a footer (section 7.5).</summary>
    public bool SendSectionFooter { get; set; } = true;

    /// <summary>Machine property <c>suppress-vmdesc</c>: nothing follows the top-level EOF (section 1.9).</summary>
    public bool SuppressVmDescription { get; set; }

    /// <summary>Compat property <c>multifd-flush-after-each-section</c>: main and multifd channels meet at the end of every ram
    /// section instead of at FLUSH records (machine types up to 8.0; sections 4.6 and 7.5).</summary>
    public bool MultifdFlushAfterEachSection { get; set; }

    /// <summary>Compat property <c>switchover-ack-legacy</c>, on for machine types up to 11.0: the source waits for one SWITCHOVER_ACK
    /// even though no device asks for it. Null: the version in <see cref="Name"/> decides, and for a machine without a version what
    /// the source does.</summary>
    public bool? SwitchoverAckLegacy { get; set; }

    /// <summary>Compat property <c>multifd-clean-tls-termination</c>: a multifd channel over TLS that ends without TLS's goodbye is an
    /// error (machine types from 10.0 on; section 7.5).</summary>
    public bool MultifdCleanTlsTermination { get; set; } = true;

    /// <summary>The guest's UUID (<c>-uuid</c>), compared with the stream's under <c>validate-uuid</c>; null when it has none.</summary>
    public Guid? Uuid { get; set; }

    /// <summary>The RAM blocks, in the machine's order. The first is the one that <c>-m</c> sizes.</summary>
    public required IReadOnlyList<RamBlockDescription> RamBlocks { get; init; }

    /// <summary>The sections with device state, in the order of their registration.</summary>
    public IReadOnlyList<DeviceSection> Devices { get; set; } = [];

    /// <summary>The empty machine, <c>-M none</c>: sections <c>timer</c>, <c>ram</c> and <c>globalstate</c>, and
    /// <c>slirp</c> where it is started without <c>-nodefaults</c>.</summary>
    /// <param name="ramBlocks">Its RAM.</param>
    /// <returns>The profile.</returns>
    public static MachineProfile None(params IReadOnlyList<RamBlockDescription> ramBlocks) =>
        new() { Name = "none", RamBlocks = ramBlocks, Devices = [DeviceSection.Timer, DeviceSection.Slirp] };

    /// <summary>Whether the source waits for a SWITCHOVER_ACK that no device asks for; null where only the source knows.</summary>
    internal bool? WaitsForSwitchoverAck =>
        SwitchoverAckLegacy ?? (MachineVersion.Of(Name) is { } version ? version < new Version(11, 1) : null);

    /// <summary>Reads a profile.</summary>
    /// <param name="utf8Json">Its JSON text.</param>
    /// <returns>The profile, checked.</returns>
    /// <exception cref="FormatException">The text is not JSON, not a profile, or a profile that contradicts itself; the message
    /// says where.</exception>
    public static MachineProfile Parse(ReadOnlySpan<byte> utf8Json)
    {
        try
        {
            MachineProfile profile =
                JsonSerializer.Deserialize(utf8Json, MachineJsonContext.Default.MachineProfile)
                ?? throw new FormatException("a machine profile is a JSON object, not null");
            profile.Validate();
            return profile;
        }
        catch (JsonException error)
        {
            throw new FormatException($"not a machine profile: {error.Message}", error);
        }
    }

    /// <summary>Writes the profile as indented JSON.</summary>
    /// <returns>UTF-8 text.</returns>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, MachineJsonContext.Default.MachineProfile);

    /// <summary>Checks what the types cannot say.</summary>
    /// <exception cref="FormatException">The profile contradicts itself.</exception>
    public void Validate()
    {
        Require(Format == FormatVersion, $"profile format {Format} is not {FormatVersion}");
        Require(
            int.IsPow2(PageSizeBytes) && PageSizeBytes is >= Limits.SmallestPageBytes and <= Limits.LargestPageBytes,
            $"page size {PageSizeBytes} is not a power of two from 1024 to 65536");
        Require(!string.IsNullOrEmpty(Name), "the machine has no name");
        RequireItems(RamBlocks, "the machine's ramBlocks");
        foreach (RamBlockDescription block in RamBlocks)
            block.Validate(PageSizeBytes);
        string? twice = RamBlocks.GroupBy(b => b.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1)?.Key;
        Require(twice is null, $"RAM block '{twice}' is there twice");
        RequireItems(Devices, "the machine's devices");
        foreach (DeviceSection device in Devices)
            device.Validate();
        DeviceSection? again = Devices.GroupBy(d => (d.Name, d.InstanceId)).FirstOrDefault(g => g.Count() > 1)?.First();
        Require(again is null, $"device section '{again?.Name}' with instance {again?.InstanceId} is there twice");
    }

    // JSON lists may have null items whatever their type says.
    internal static void RequireItems<T>(IReadOnlyList<T> items, string what)
        where T : class =>
        Require(!items.Contains(null!), $"{what} have an item that is null");

    internal static void Require(bool condition, string message)
    {
        if (!condition)
            throw new FormatException("machine profile: " + message);
    }
}

/// <summary>One RAM block of a machine (stream reference, section 2.3).</summary>
public sealed record RamBlockDescription
{
    /// <summary>Its idstr: <c>pc.ram</c>, <c>/rom@etc/acpi/tables</c>; at most 255 bytes of UTF-8.</summary>
    public required string Name { get; init; }

    /// <summary>Used length in bytes, a multiple of the page size.</summary>
    public required long LengthBytes { get; init; }

    /// <summary>The length a resizable block may grow to, in bytes; equal to <see cref="LengthBytes"/> for one that is not
    /// resizable.</summary>
    public long MaxLengthBytes
    {
        get => field == 0 ? LengthBytes : field;
        set;
    }

    /// <summary>Whether its memory is shared with others and named (<c>share=on</c>): not migrated under
    /// <c>x-ignore-shared</c>.</summary>
    public bool Shared { get; set; }

    /// <summary>Whether it is migrated at all.</summary>
    public bool Migratable { get; set; } = true;

    /// <summary>Where it lies in guest physical memory; compared under <c>x-ignore-shared</c>.</summary>
    public ulong GuestAddress { get; set; }

    internal void Validate(int pageSizeBytes)
    {
        MachineProfile.Require(
            !string.IsNullOrEmpty(Name) && System.Text.Encoding.UTF8.GetByteCount(Name) <= Limits.NameBytes,
            "a RAM block needs a name of 1 to 255 bytes");
        MachineProfile.Require(
            LengthBytes >= 0 && LengthBytes % pageSizeBytes == 0,
            $"RAM block '{Name}': length {LengthBytes} is not a multiple of the page size {pageSizeBytes}");
        MachineProfile.Require(
            MaxLengthBytes >= LengthBytes && MaxLengthBytes % pageSizeBytes == 0 && MaxLengthBytes <= 1L << 46,
            $"RAM block '{Name}': maximum length {MaxLengthBytes} is not a page multiple from {LengthBytes} to 64 TiB");
    }
}

/// <summary>JSON of machine profiles, generated at compile time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, MaxDepth = 2 * Limits.DeviceNesting + 16,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(MachineProfile))]
internal sealed partial class MachineJsonContext : JsonSerializerContext;
