using System.Text;
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
        if (!await reader.FillAsync(1))
            return Errors.Truncated(reader, $"the configuration's type byte", Name);
        if (reader.PeekByte() != (byte)SectionType.Configuration)
        {
            return Fail(
                StreamErrorCode.ConfigurationMissing,
                $"the configuration section is missing: section type {reader.PeekByte()} in its place");
        }
        reader.Advance(1);
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
                case "configuration/target-page-bits":
                    (error, pageBits) = await ReadPageBitsAsync();
                    break;
                case "configuration/capabilities":
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
        if (!await reader.FillAsync(4))
            return (Errors.Truncated(reader, $"the length of the machine name", Name), "", 0);
        uint length = reader.PeekUInt32();
        if (length > Limits.MachineNameBytes)
        {
            return (Fail(
                StreamErrorCode.MachineNameTooLong,
                $"a machine name of {length} bytes, more than {Limits.MachineNameBytes}"), "", 0);
        }
        reader.Advance(4);
        if (!await reader.FillAsync((int)length))
            return (Errors.Truncated(reader, $"the machine name of {length} bytes", Name), "", 0);
        string name = CString.Text(reader.Window[..(int)length]);
        long offset = reader.OffsetBytes;
        reader.Advance((int)length);
        return (null, name, offset);
    }

    private async ValueTask<StreamError?> ReadSubsectionHeaderAsync(string name)
    {
        if (name is not ("configuration/target-page-bits" or "configuration/capabilities" or "configuration/uuid"))
            return Fail(StreamErrorCode.UnknownSubsection, $"'configuration' has no subsection '{name}'");
        reader.Advance(2 + reader.Window[1]);
        if (!await reader.FillAsync(4))
            return Errors.Truncated(reader, $"the version of subsection '{name}'", Name);
        int version = _subsections.PeekVersion();
        if (version > 1)
            return Fail(StreamErrorCode.SubsectionVersionTooNew, $"subsection '{name}' has version {version}, newer than 1");
        if (version < 1)
            return Fail(StreamErrorCode.SectionVersionTooOld, $"subsection '{name}' has version {version}, older than 1");
        reader.Advance(4);
        return null;
    }

    private async ValueTask<(StreamError? Error, long Bits)> ReadPageBitsAsync()
    {
        if (!await reader.FillAsync(4))
            return (Errors.Truncated(reader, $"the target page bits", Name), 0);
        uint bits = reader.PeekUInt32();
        reader.Advance(4);
        return (null, bits);
    }

    private async ValueTask<StreamError?> ReadCapabilitiesAsync(SortedSet<string> received)
    {
        if (!await reader.FillAsync(4))
            return Errors.Truncated(reader, $"the number of capabilities", Name);
        // A second list takes the place of the first (found by running QEMU).
        received.Clear();
        uint count = reader.PeekUInt32();
        if (count > Limits.CapabilityNames)
            return Fail(StreamErrorCode.UnknownCapability, $"{count} capabilities, more than {Limits.CapabilityNames}");
        reader.Advance(4);
        for (uint i = 0; i < count; i++)
        {
            if (!await reader.FillAsync(1) || !await reader.FillAsync(1 + reader.PeekByte()))
                return Errors.Truncated(reader, $"capability {i} of {count}", Name);
            string name = CString.Text(reader.Window.Slice(1, reader.PeekByte()));
            if (!MigrationCapabilities.StreamNames.Contains(name, StringComparer.Ordinal))
                return Fail(StreamErrorCode.UnknownCapability, $"the unknown capability '{name}'");
            reader.Advance(1 + reader.PeekByte());
            received.Add(name);
        }
        return null;
    }

    private async ValueTask<StreamError?> ReadUuidAsync()
    {
        if (!await reader.FillAsync(16))
            return Errors.Truncated(reader, $"the UUID", Name);
        Guid uuid = new(reader.Window[..16], bigEndian: true);
        if (machine.Uuid is { } local && local != uuid)
            return Fail(StreamErrorCode.UuidMismatch, $"the stream's UUID is {uuid} and the local one {local}");
        reader.Advance(16);
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
