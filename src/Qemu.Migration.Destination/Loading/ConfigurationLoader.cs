using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Destination.Loading;

/// <summary>
/// CONFIGURATION (stream reference, section 1.4): which machine the stream comes from, and with which settings.
/// <code>
/// 07  u32 length  machine name  { 05  str8 "configuration/…"  u32 1  body }*
/// </code>
/// The name is compared whole; QEMU compares as many bytes as it was sent (deviation L13).
/// </summary>
internal sealed class ConfigurationLoader(
    QemuFileReader reader, MachineProfile machine, MigrationCapabilities capabilities, MigrationTrace trace)
{
    private const string Name = "configuration";
    private readonly DeviceStateLoader _subsections = new(reader);

    public async ValueTask<StreamError?> LoadAsync()
    {
        var (nameError, name, nameOffset) = await ReadMachineNameAsync();
        if (nameError is not null)
            return nameError;
        long smallestPageBits = machine.PageSizeBytes == 4096 ? 12 : 10;
        long pageBits = smallestPageBits;
        SortedSet<string> received = new(StringComparer.Ordinal);
        while (true)
        {
            var (cut, subsection) = await _subsections.PeekNameAsync(Name, Name);
            if (cut is not null)
                return cut;
            if (subsection is null)
                return Check(name, nameOffset, pageBits, received);
            if (await ReadSubsectionHeaderAsync(subsection) is { } headerError)
                return headerError;
            StreamError? error = null;
            switch (subsection)
            {
                case ConfigurationBody.TargetPageBits:
                    (error, pageBits) = await ReadPageBitsAsync();
                    break;
                case ConfigurationBody.Capabilities:
                    error = await ReadCapabilitiesAsync(received);
                    break;
                default:
                    error = await ReadUuidAsync();
                    break;
            }
            if (error is null && (await _subsections.PeekNameAsync(Name, subsection)).Name is { } nested)
                error = Fail(StreamErrorCode.UnknownSubsection, $"'{subsection}' has no subsection '{nested}'");
            if (error is not null)
                return error;
        }
    }

    private async ValueTask<(StreamError? Error, string Name, long Offset)> ReadMachineNameAsync()
    {
        DecodeStatus status;
        ConfigurationHeader header;
        int consumed;
        while ((status = ConfigurationHeader.TryRead(reader.Window, out header, out consumed)).NeedsMoreData)
        {
            if (!await reader.FillAsync(status.NeededBytes))
                return (TruncatedHeader(status), "", 0);
        }
        if (status != DecodeStatus.Done)
            return (InvalidHeader(header), "", 0);
        string name = CString.Text(header.MachineName);
        long offset = reader.OffsetBytes + ConfigurationHeader.FixedBytes;
        reader.Advance(consumed);
        return (null, name, offset);
    }

    private StreamError TruncatedHeader(DecodeStatus status) => Errors.Truncated(
        reader,
        reader.Window.Length switch
        {
            0 => $"the configuration's type byte",
            < ConfigurationHeader.FixedBytes => $"the length of the machine name",
            _ => $"the machine name of {status.NeededBytes - ConfigurationHeader.FixedBytes} bytes",
        },
        Name);

    private StreamError InvalidHeader(in ConfigurationHeader header) => header.NameBytes > 0
        ? Fail(
            StreamErrorCode.MachineNameTooLong, $"a machine name of {header.NameBytes} bytes, more than {Limits.MachineNameBytes}")
        : Fail(
            StreamErrorCode.ConfigurationMissing,
            $"the configuration section is missing: section type {reader.PeekByte()} in its place");

    private async ValueTask<StreamError?> ReadSubsectionHeaderAsync(string name)
    {
        if (name is not (ConfigurationBody.TargetPageBits or ConfigurationBody.Capabilities or ConfigurationBody.Uuid))
            return Fail(StreamErrorCode.UnknownSubsection, $"'configuration' has no subsection '{name}'");
        return (await _subsections.ReadHeaderAsync(Name, name, 1, 1)).Error;
    }

    private async ValueTask<(StreamError? Error, long Bits)> ReadPageBitsAsync()
    {
        if (!await reader.FillForAsync<uint>(ConfigurationBody.TryReadPageBits))
            return (Errors.Truncated(reader, $"the target page bits", Name), 0);
        ConfigurationBody.TryReadPageBits(reader.Window, out uint bits, out int consumed);
        reader.Advance(consumed);
        return (null, bits);
    }

    private async ValueTask<StreamError?> ReadCapabilitiesAsync(SortedSet<string> received)
    {
        if (!await reader.FillForAsync<uint>(ConfigurationBody.TryReadCapabilityCount))
            return Errors.Truncated(reader, $"the number of capabilities", Name);
        DecodeStatus status = ConfigurationBody.TryReadCapabilityCount(reader.Window, out uint count, out int consumed);
        // A second list takes the place of the first (found by running QEMU).
        received.Clear();
        if (status != DecodeStatus.Done)
            return Fail(StreamErrorCode.UnknownCapability, $"{count} capabilities, more than {Limits.CapabilityNames}");
        reader.Advance(consumed);
        for (uint i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> text;
            while ((status = CountedString.TryRead(reader.Window, out text, out consumed)).NeedsMoreData)
            {
                if (!await reader.FillAsync(status.NeededBytes))
                    return Errors.Truncated(reader, $"capability {i} of {count}", Name);
            }
            string name = CString.Text(text);
            if (!MigrationCapabilities.StreamNames.Contains(name, StringComparer.Ordinal))
                return Fail(StreamErrorCode.UnknownCapability, $"the unknown capability '{name}'");
            reader.Advance(consumed);
            received.Add(name);
        }
        return null;
    }

    private async ValueTask<StreamError?> ReadUuidAsync()
    {
        if (!await reader.FillForAsync<Guid>(ConfigurationBody.TryReadUuid))
            return Errors.Truncated(reader, $"the UUID", Name);
        ConfigurationBody.TryReadUuid(reader.Window, out Guid uuid, out int consumed);
        if (machine.Uuid is { } local && local != uuid)
            return Fail(StreamErrorCode.UuidMismatch, $"the stream's UUID is {uuid} and the local one {local}");
        reader.Advance(consumed);
        if (machine.Uuid is null)
            trace.Warning($"the stream's UUID is {uuid}, but no local UUID is set");
        return null;
    }

    private StreamError? Check(string name, long nameOffset, long pageBits, SortedSet<string> received)
    {
        if (name != machine.Name)
        {
            return new(
                StreamErrorCode.MachineMismatch, nameOffset, $"the stream's machine is '{name}' and the local one '{machine.Name}'")
            {
                Section = Name,
            };
        }
        if (pageBits != int.Log2(machine.PageSizeBytes))
        {
            return Fail(
                StreamErrorCode.TargetPageBitsMismatch,
                $"the stream's target page has {pageBits} bits and the local one {int.Log2(machine.PageSizeBytes)}");
        }
        foreach (string capability in MigrationCapabilities.Validatable)
        {
            if (received.Contains(capability) != capabilities[capability])
            {
                return Fail(
                    StreamErrorCode.CapabilityMismatch,
                    $"capability '{capability}' is {OnOff(capabilities[capability])} here and {OnOff(received.Contains(capability))} in the stream");
            }
        }
        return null;
    }

    private static string OnOff(bool on) => on ? "on" : "off";

    private StreamError Fail(StreamErrorCode code, FormattableString cause) =>
        new(code, reader.OffsetBytes, cause) { Section = Name };
}
