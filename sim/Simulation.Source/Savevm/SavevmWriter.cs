using System.Text;
using Qemu.Migration.Wire;

namespace Simulation.Source.Savevm;

/// <summary>Writes the frame of a savevm stream (stream reference, section 1): header, sections, commands, description.</summary>
public sealed class SavevmWriter
{
    private const byte SubsectionMarker = 0x05;

    private readonly SourceMachine _machine;

    /// <summary>Makes a writer.</summary>
    /// <param name="output">Where the main channel's bytes go.</param>
    /// <param name="machine">Whose stream it is.</param>
    public SavevmWriter(StreamBuffer output, SourceMachine machine)
    {
        Output = output;
        _machine = machine;
    }

    /// <summary>Where the bytes go.</summary>
    public StreamBuffer Output { get; }

    /// <summary>Writes the file header (section 1.1).</summary>
    public void WriteFileHeader()
    {
        int start = Output.PendingCount;
        Output.WriteUInt32(FileHeader.Magic);
        Output.WriteUInt32(FileHeader.Version);
        Output.Complete(StructureKind.FileHeader, start);
    }

    /// <summary>Writes CONFIGURATION (section 1.4), unless the machine does without:
    /// <code>
    /// 07  u32 length of the name  name  { 05  str8 name  u32 version  body }*
    /// </code>
    /// </summary>
    /// <param name="capabilities">The capabilities that the destination must have too, in QEMU's order.</param>
    /// <param name="uuid">The guest's UUID, or null where it is not validated.</param>
    public void WriteConfiguration(IReadOnlyList<string> capabilities, Guid? uuid)
    {
        if (!_machine.SendConfiguration)
            return;
        int start = Output.PendingCount;
        Output.WriteByte((byte)SectionType.Configuration);
        Output.WriteUInt32((uint)_machine.Name.Length);
        Output.Write(Encoding.ASCII.GetBytes(_machine.Name));
        if (_machine.TargetPageBits is { } bits)
        {
            BeginSubsection("configuration/target-page-bits");
            Output.WriteUInt32(bits);
        }
        if (capabilities.Count > 0)
        {
            BeginSubsection("configuration/capabilities");
            Output.WriteUInt32((uint)capabilities.Count);
            foreach (string name in capabilities)
                Output.WriteString(name);
        }
        if (uuid is { } value)
        {
            BeginSubsection("configuration/uuid");
            Output.Write(value.ToByteArray(bigEndian: true));
        }
        Output.Complete(StructureKind.Configuration, start);
    }

    /// <summary>Writes a command (section 6.1): <c>08</c>, u16 command, u16 length, payload.</summary>
    /// <param name="command">The command.</param>
    /// <param name="payload">Its payload.</param>
    public void WriteCommand(CommandType command, ReadOnlySpan<byte> payload = default)
    {
        int start = Output.PendingCount;
        Output.WriteByte((byte)SectionType.Command);
        Output.WriteUInt16((ushort)command);
        Output.WriteUInt16((ushort)payload.Length);
        Output.Write(payload);
        Output.Complete(StructureKind.Command, start);
    }

    /// <summary>Opens a START or FULL section (section 1.3): type, u32 id, str8 name, u32 instance, u32 version.</summary>
    /// <param name="type">START or FULL.</param>
    /// <param name="id">The section's id.</param>
    /// <param name="name">Its idstr.</param>
    /// <param name="instance">instance_id.</param>
    /// <param name="version">version_id.</param>
    public void OpenSection(SectionType type, uint id, string name, uint instance, uint version)
    {
        int start = Output.PendingCount;
        Output.WriteByte((byte)type);
        Output.WriteUInt32(id);
        Output.WriteString(name);
        Output.WriteUInt32(instance);
        Output.WriteUInt32(version);
        Output.Complete(StructureKind.SectionStart, start);
    }

    /// <summary>Opens a PART or END section (section 1.3): type, u32 id.</summary>
    /// <param name="type">PART or END.</param>
    /// <param name="id">The id its START had.</param>
    public void OpenSection(SectionType type, uint id)
    {
        int start = Output.PendingCount;
        Output.WriteByte((byte)type);
        Output.WriteUInt32(id);
        Output.Complete(StructureKind.SectionContinuation, start);
    }

    /// <summary>Closes a section with its footer, <c>7e</c> and u32 id, unless the machine does without.</summary>
    /// <param name="id">The section's id.</param>
    public void CloseSection(uint id)
    {
        if (!_machine.SendSectionFooter)
            return;
        int start = Output.PendingCount;
        Output.WriteByte((byte)SectionType.Footer);
        Output.WriteUInt32(id);
        Output.Complete(StructureKind.Footer, start);
    }

    /// <summary>Writes a device's FULL section.</summary>
    /// <param name="device">The device.</param>
    public void WriteDevice(DeviceState device)
    {
        int start = Output.PendingCount;
        OpenSection(SectionType.Full, device.SectionId, device.Name, device.InstanceId, device.Version);
        Output.Write(device.Content.Span);
        CloseSection(device.SectionId);
        Output.Complete(StructureKind.DeviceSection, start);
    }

    /// <summary>Writes the EOF byte.</summary>
    public void WriteEndOfStream()
    {
        int start = Output.PendingCount;
        Output.WriteByte((byte)SectionType.Eof);
        Output.Complete(StructureKind.EndOfStream, start);
    }

    /// <summary>Writes VMDESCRIPTION (section 1.9): <c>06</c>, u32 length, text.</summary>
    /// <param name="text">ASCII.</param>
    public void WriteVmDescription(string text)
    {
        int start = Output.PendingCount;
        Output.WriteByte((byte)SectionType.VmDescription);
        Output.WriteUInt32((uint)text.Length);
        Output.Write(Encoding.ASCII.GetBytes(text));
        Output.Complete(StructureKind.VmDescription, start);
    }

    private void BeginSubsection(string name)
    {
        Output.WriteByte(SubsectionMarker);
        Output.WriteString(name);
        Output.WriteUInt32(1);
    }
}
