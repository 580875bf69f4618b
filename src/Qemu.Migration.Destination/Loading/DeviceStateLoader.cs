using System.Text;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Destination.Loading;

/// <summary>
/// Walks device state by its layout (stream reference, section 1.7). There is no device behind it: the fields are skipped, their
/// extent and their subsections are checked.
/// <code>
/// fields …  { 05  str8 name  u32 version  fields …  { … } }*
/// </code>
/// </summary>
internal sealed class DeviceStateLoader(QemuFileReader reader)
{
    private bool _varies;

    /// <summary>Walks a section's device state.</summary>
    /// <param name="section">The section's idstr, for errors.</param>
    /// <param name="layout">The layout.</param>
    /// <param name="version">The version on the wire, at most the layout's.</param>
    /// <param name="footer">The section's footer, up to which is skipped what varies; null where sections have none.</param>
    /// <returns>The error, or null.</returns>
    public async ValueTask<StreamError?> LoadSectionAsync(string section, VmStateDescription layout, int version, SectionFooter? footer)
    {
        _varies = false;
        if (await LoadAsync(section, layout, version) is { } error)
            return error;
        if (!_varies)
            return null;
        return footer is { } end
            ? await SkipToFooterAsync(section, end)
            : new(
                StreamErrorCode.SectionUnsupported, reader.OffsetBytes,
                $"device state that varies from here on, and without section footers its end is not known")
            {
                Section = section,
            };
    }

    // The first footer with the section's id ends it.
    private async ValueTask<StreamError?> SkipToFooterAsync(string section, SectionFooter end)
    {
        while (true)
        {
            if (!await reader.FillAsync(SectionFooter.SizeBytes))
                return Errors.Truncated(reader, $"device state that varies", section);
            int before = end.BytesBefore(reader.Window);
            if (before == 0)
                return null;
            reader.Advance(before);
        }
    }

    private async ValueTask<StreamError?> LoadAsync(string section, VmStateDescription layout, int version)
    {
        foreach (VmStateField field in layout.Fields)
        {
            if (field.SinceVersion > version)
                continue;
            if (field.Varies)
            {
                _varies = true;
                return null;
            }
            if (field.Struct is null)
            {
                if (!await reader.SkipAsync((long)field.SizeBytes * field.Count))
                    return Errors.Truncated(reader, $"field '{field.Name}' of '{layout.Name}'", section);
                continue;
            }
            for (int i = 0; i < field.Count; i++)
            {
                long start = reader.OffsetBytes;
                if (await LoadAsync(section, field.Struct, field.Struct.Version) is { } error)
                    return error;
                if (_varies)
                    return null;
                // If an element has no bytes, the elements behind it have none either, so a layout never takes more steps than there
                // are bytes.
                if (reader.OffsetBytes == start)
                    break;
            }
        }
        return await LoadSubsectionsAsync(section, layout);
    }

    /// <summary>Reads subsections as long as the next bytes look like one of this parent's; anything else is left in the stream,
    /// without an error, as in QEMU.</summary>
    public async ValueTask<StreamError?> LoadSubsectionsAsync(string section, VmStateDescription parent)
    {
        while (true)
        {
            var (cut, name) = await PeekNameAsync(section, parent.Name);
            if (name is null)
                return cut;
            long offset = reader.OffsetBytes;
            VmStateDescription? layout = null;
            foreach (VmStateDescription candidate in parent.Subsections)
            {
                if (candidate.Name == name)
                    layout = candidate;
            }
            if (layout is null)
            {
                return new(StreamErrorCode.UnknownSubsection, offset, $"'{parent.Name}' has no subsection '{name}'")
                {
                    Section = section,
                    Advice = Errors.DescribeMore,
                };
            }
            var (headerError, version) = await ReadHeaderAsync(section, name, layout.MinimumVersion, layout.Version);
            if (headerError is not null)
                return headerError;
            if (await LoadAsync(section, layout, version) is { } error)
                return error;
            if (_varies)
                return null;
        }
    }

    /// <summary>Reads the header of a subsection whose name was peeked.</summary>
    /// <param name="section">The section's idstr, for errors.</param>
    /// <param name="name">The subsection's name, for errors.</param>
    /// <param name="oldest">The oldest version that can be loaded.</param>
    /// <param name="newest">The newest.</param>
    /// <returns>The error where the stream ends inside it or the version is another; the version.</returns>
    public async ValueTask<(StreamError? Error, int Version)> ReadHeaderAsync(string section, string name, int oldest, int newest)
    {
        if (!await reader.FillForAsync<SubsectionHeader>(SubsectionHeader.TryRead))
            return (Errors.Truncated(reader, $"the version of subsection '{name}'", section), 0);
        SubsectionHeader.TryRead(reader.Window, out SubsectionHeader header, out int consumed);
        int version = header.EffectiveVersion;
        if (version > newest)
            return (Fail(StreamErrorCode.SubsectionVersionTooNew, $"subsection '{name}' has version {version}, newer than {newest}"), 0);
        if (version < oldest)
            return (Fail(StreamErrorCode.SectionVersionTooOld, $"subsection '{name}' has version {version}, older than {oldest}"), 0);
        reader.Advance(consumed);
        return (null, version);

        // The version is the header's last field.
        StreamError Fail(StreamErrorCode code, FormattableString cause) =>
            new(code, reader.OffsetBytes + consumed - sizeof(uint), cause) { Section = section };
    }

    /// <summary>The name of the subsection that follows, or null when none of this parent's does: a type byte, a length greater
    /// than the parent's name and a name that starts with it.</summary>
    /// <param name="section">The section's idstr, for errors.</param>
    /// <param name="parent">The parent's name.</param>
    /// <returns>The error where the stream ends before that can be told; the name.</returns>
    public async ValueTask<(StreamError? Cut, string? Name)> PeekNameAsync(string section, string parent)
    {
        if (!await reader.FillAsync(1) || reader.PeekByte() != (byte)SectionType.Subsection)
            return default;
        byte[] parentName = Encoding.UTF8.GetBytes(parent);
        DecodeStatus status;
        ReadOnlySpan<byte> name;
        while ((status = SubsectionHeader.TryPeekName(reader.Window, parentName, out name)).NeedsMoreData)
        {
            if (!await reader.FillAsync(status.NeededBytes))
                return (Errors.Truncated(reader, $"the name of a subsection of '{parent}'", section), null);
        }
        return (null, status == DecodeStatus.Done ? CString.Text(name) : null);
    }
}
