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
    public const int AdviseNoHugePage = 15;
    public const int AdvisePopulateRead = 22;
    public const int AdvisePopulateWrite = 23;
    public const int SeekCurrent = 1;
    public const int SeekEnd = 2;
    public const int SeekData = 3;
    public const int SeekHole = 4;
    public const int GetDescriptorFlags = 1;
    public const int CloseOnExec = 1;
    public const int LockDescription = 37;
    public const short LockWrite = 1;
    public const int OpenRead = 0;
    public const int OpenReadWrite = 2;
    public const int OpenCreate = 0x40;
    public const int OpenExclusive = 0x80;
    public const int OpenNoTerminal = 0x100;
    public const int OpenNonblocking = 0x800;
    public const int OpenCloseOnExec = 0x80000;
    public const int SetStatusFlags = 4;
    public const short PollIn = 1;
    public const short PollOut = 4;
    public const int NotPermitted = 1;
    public const int NoSuchFile = 2;
    public const int Interrupted = 4;
    public const int NoSuchOffset = 6;
    public const int WouldBlock = 11;
    public const int AccessDenied = 13;
    public const int FileExists = 17;
    public const int NoSuchCall = 38;
    public const int NotSupported = 95;

    /// <summary>mmap's failure, MAP_FAILED.</summary>
    public static void* MapFailed => unchecked((void*)-1);

    /// <summary>How many descriptors the process may have.</summary>
    public static long DescriptorLimit
    {
        get
        {
            const int openFiles = 7;
            long* limits = stackalloc long[2];
            return ResourceLimit(openFiles, limits) == 0 && limits[0] >= 0 ? limits[0] : long.MaxValue;
        }
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int ResourceLimit(int resource, long* limits);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    public static partial void* Map(void* address, nuint length, int protection, int flags, int descriptor, long offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    public static partial int Unmap(void* address, nuint length);

    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    public static partial int Advise(void* address, nuint length, int advice);

    [LibraryImport("libc", EntryPoint = "readv", SetLastError = true)]
    public static partial nint ReadVector(int descriptor, void* pieces, int count);

    [LibraryImport("libc", EntryPoint = "pwritev", SetLastError = true)]
    public static partial nint WriteVectorAt(int descriptor, void* pieces, int count, long offset);

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    public static partial long Seek(int descriptor, long offset, int origin);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Control(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Lock(int descriptor, int command, in FileLock range);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "fchmod", SetLastError = true)]
    public static partial int ChangeMode(int descriptor, uint mode);

    [LibraryImport("libc", EntryPoint = "ftruncate", SetLastError = true)]
    public static partial int Truncate(int descriptor, long length);

    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    public static partial int Allocate(int descriptor, int mode, long offset, long length);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    public static partial int Status(int descriptor, byte* path, int flags, uint mask, byte* status);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int descriptor, void* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int descriptor, void* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(PolledDescriptor* descriptors, nuint count, int timeoutMilliseconds);

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    public static partial int Pipe(int* ends, int flags);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    public static partial int EventCounter(uint initial, int flags);
}

/// <summary>struct flock: a lock on a whole file where start and length are 0.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FileLock
{
    public short Type;
    public short Origin;
    public long Start;
    public long Length;
    public int Process;
}

/// <summary>struct pollfd.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PolledDescriptor
{
    public int Descriptor;
    public short Wanted;
    public short Found;
}
