using System.Runtime.InteropServices;

namespace Qemu.Migration.Incoming.Native;

/// <summary>The few calls of the C library that .NET has no words for. Constants are Linux's.</summary>
internal static unsafe partial class LibC
{
    public const int ProtectionRead = 1;
    public const int ProtectionReadWrite = 1 | 2;
    public const int MapShared = 0x01;
    public const int MapPrivate = 0x02;
    public const int MapAnonymous = 0x20;
    public const int MapNoReserve = 0x4000;
    public const int AdviseSequential = 2;
    public const int AdviseHugePage = 14;
    public const int AdvisePopulateRead = 22;
    public const int AdvisePopulateWrite = 23;
    public const int SeekCurrent = 1;
    public const int SeekEnd = 2;
    public const int SeekData = 3;
    public const int GetDescriptorFlags = 1;
    public const int NoSuchOffset = 6;
    public const int Interrupted = 4;
    public const int WouldBlock = 11;

    /// <summary>mmap's failure, MAP_FAILED.</summary>
    public static void* MapFailed => unchecked((void*)-1);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    public static partial void* Map(void* address, nuint length, int protection, int flags, int descriptor, long offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    public static partial int Unmap(void* address, nuint length);

    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    public static partial int Advise(void* address, nuint length, int advice);

    [LibraryImport("libc", EntryPoint = "readv", SetLastError = true)]
    public static partial nint ReadVector(int descriptor, void* pieces, int count);

    [LibraryImport("libc", EntryPoint = "pwritev")]
    public static partial nint WriteVectorAt(int descriptor, void* pieces, int count, long offset);

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    public static partial long Seek(int descriptor, long offset, int origin);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Control(int descriptor, int command, int argument);
}
