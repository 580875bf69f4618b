namespace Qemu.Migration.Wire;

/// <summary>The byte that opens each section of the main stream (stream reference, section 1.3).</summary>
public enum SectionType : byte
{
    /// <summary>QEMU_VM_EOF: no body; ends the load loop with success.</summary>
    Eof = 0x00,

    /// <summary>QEMU_VM_SECTION_START: header A, handler data, footer.</summary>
    Start = 0x01,

    /// <summary>QEMU_VM_SECTION_PART: header B, handler data, footer.</summary>
    Part = 0x02,

    /// <summary>QEMU_VM_SECTION_END: header B, handler data, footer.</summary>
    End = 0x03,

    /// <summary>QEMU_VM_SECTION_FULL: header A, handler data, footer.</summary>
    Full = 0x04,

    /// <summary>QEMU_VM_SUBSECTION: only inside device state (section 1.7).</summary>
    Subsection = 0x05,

    /// <summary>QEMU_VM_VMDESCRIPTION: only after the top-level EOF (section 1.9).</summary>
    VmDescription = 0x06,

    /// <summary>QEMU_VM_CONFIGURATION: only directly after the file header (section 1.4).</summary>
    Configuration = 0x07,

    /// <summary>QEMU_VM_COMMAND: u16 command, u16 length, payload (section 6.1).</summary>
    Command = 0x08,

    /// <summary>QEMU_VM_SECTION_FOOTER: 0x7e and the u32 section id, at the end of each section.</summary>
    Footer = 0x7e,
}
