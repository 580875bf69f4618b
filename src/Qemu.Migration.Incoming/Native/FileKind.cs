namespace Qemu.Migration.Incoming.Native;

/// <summary>What stands behind a descriptor, as <c>ls -l</c> tells it by a line's first letter.</summary>
internal enum FileKind
{
    /// <summary>The kernel did not say.</summary>
    Unknown = 0,

    /// <summary>A pipe, with a name or without.</summary>
    Pipe = 0x1000,

    /// <summary>A character device: a terminal, /dev/zero.</summary>
    CharacterDevice = 0x2000,

    /// <summary>A folder.</summary>
    Directory = 0x4000,

    /// <summary>A block device: a disk.</summary>
    BlockDevice = 0x6000,

    /// <summary>An ordinary file.</summary>
    Regular = 0x8000,

    /// <summary>A socket.</summary>
    Socket = 0xc000,
}

/// <summary>Names for people.</summary>
internal static class FileKindNames
{
    /// <summary>Says what a file is.</summary>
    /// <param name="kind">Its kind.</param>
    /// <returns>A noun with its article.</returns>
    public static string Noun(this FileKind kind) => kind switch
    {
        FileKind.Pipe => "a pipe",
        FileKind.CharacterDevice => "a character device",
        FileKind.Directory => "a directory",
        FileKind.BlockDevice => "a block device",
        FileKind.Regular => "a regular file",
        FileKind.Socket => "a socket",
        _ => "a file of unknown kind",
    };
}
