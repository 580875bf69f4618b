using System.Collections;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Qemu.Migration.Incoming.Native;

/// <summary>
/// A line for <c>/bin/sh</c> with pipes for input and output. It leads a process group of its own, so that whatever it started ends
/// with it: .NET's Process knows only what still has its parent.
/// </summary>
internal sealed unsafe partial class ShellCommand
{
    private const int PatienceMilliseconds = 1000;
    private const int StepMilliseconds = 5;
    private const int Terminate = 15;
    private const int Kill = 9;
    private const int BrokenPipe = 13;
    private readonly int _process;
    private bool _reaped;

    private ShellCommand(int process, SafeFileHandle input, SafeFileHandle output)
    {
        _process = process;
        Input = input;
        Output = output;
    }

    /// <summary>What the command reads; writes do not block.</summary>
    public SafeFileHandle Input { get; }

    /// <summary>What the command writes.</summary>
    public SafeFileHandle Output { get; }

    /// <summary>Starts a command.</summary>
    /// <param name="line">The line.</param>
    /// <returns>The command.</returns>
    /// <exception cref="IOException">There is no shell, or no descriptor or process left.</exception>
    public static ShellCommand Start(string line)
    {
        var (theirInput, input) = NewPipe();
        using (theirInput)
        {
            SafeFileHandle? output = null;
            try
            {
                (output, SafeFileHandle theirOutput) = NewPipe();
                using (theirOutput)
                {
                    int process = Spawn(line, theirInput, theirOutput);
                    _ = LibC.Control((int)input.DangerousGetHandle(), LibC.SetStatusFlags, LibC.OpenNonblocking);
                    return new(process, input, output);
                }
            }
            catch (IOException)
            {
                input.Dispose();
                output?.Dispose();
                throw;
            }
        }
    }

    /// <summary>Ends the command and all that it started, and waits for that.</summary>
    /// <param name="mayFinish">Whether it gets a second to end by itself first.</param>
    public void End(bool mayFinish)
    {
        if (_reaped || (mayFinish && HasEndedWithin(PatienceMilliseconds)))
            return;
        _ = SendSignal(-_process, Terminate);
        if (HasEndedWithin(PatienceMilliseconds))
            return;
        _ = SendSignal(-_process, Kill);
        HasEndedWithin(PatienceMilliseconds);
    }

    private bool HasEndedWithin(int milliseconds)
    {
        const int doNotWait = 1;
        for (int waited = 0; ; waited += StepMilliseconds)
        {
            _reaped = WaitForProcess(_process, null, doNotWait) != 0;
            if (_reaped || waited >= milliseconds)
                return _reaped;
            Thread.Sleep(StepMilliseconds);
        }
    }

    private static (SafeFileHandle Reader, SafeFileHandle Writer) NewPipe()
    {
        int* ends = stackalloc int[2];
        return LibC.Pipe(ends, LibC.OpenCloseOnExec) == 0
            ? (new(ends[0], ownsHandle: true), new(ends[1], ownsHandle: true))
            : throw new IOException($"no pipe: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    private static int Spawn(string line, SafeFileHandle input, SafeFileHandle output)
    {
        // Larger than these structures are in any C library.
        const int roomBytes = 1024;
        const short setGroup = 0x02;
        const short setDefaultSignals = 0x04;
        byte* actions = stackalloc byte[roomBytes];
        byte* attributes = stackalloc byte[roomBytes];
        ulong* signals = stackalloc ulong[16];
        new Span<ulong>(signals, 16).Clear();
        // This process ignores SIGPIPE, as .NET does; a command expects to end by it.
        signals[0] = 1UL << (BrokenPipe - 1);
        _ = InitializeActions(actions);
        _ = InitializeAttributes(attributes);
        try
        {
            int process = 0;
            using NativeStrings arguments = new(["/bin/sh", "-c", line]);
            using NativeStrings environment = new(EnvironmentVariables());
            int error = AddDuplicate(actions, (int)input.DangerousGetHandle(), 0);
            error = error != 0 ? error : AddDuplicate(actions, (int)output.DangerousGetHandle(), 1);
            error = error != 0 ? error : SetFlags(attributes, setGroup | setDefaultSignals);
            error = error != 0 ? error : SetDefaultSignals(attributes, signals);
            error = error != 0 ? error : SpawnProcess(
                &process, arguments[0], actions, attributes, arguments.Pointer, environment.Pointer);
            return error == 0 ? process : throw new IOException($"/bin/sh: {Marshal.GetPInvokeErrorMessage(error)}");
        }
        finally
        {
            _ = DestroyActions(actions);
            _ = DestroyAttributes(attributes);
        }
    }

    private static IEnumerable<string> EnvironmentVariables() =>
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(v => $"{v.Key}={v.Value}");

    /// <summary>Texts as a C program gets them: an array of pointers that ends with a null.</summary>
    private sealed class NativeStrings : IDisposable
    {
        private readonly byte** _pointers;
        private readonly int _count;

        public NativeStrings(IEnumerable<string> texts)
        {
            nint[] pointers = [.. texts.Select(Marshal.StringToCoTaskMemUTF8)];
            _count = pointers.Length;
            _pointers = (byte**)NativeMemory.AllocZeroed((nuint)(_count + 1), (nuint)sizeof(byte*));
            for (int i = 0; i < _count; i++)
                _pointers[i] = (byte*)pointers[i];
        }

        public byte** Pointer => _pointers;

        public byte* this[int index] => _pointers[index];

        public void Dispose()
        {
            for (int i = 0; i < _count; i++)
                Marshal.FreeCoTaskMem((nint)_pointers[i]);
            NativeMemory.Free(_pointers);
        }
    }

    [LibraryImport("libc", EntryPoint = "posix_spawn")]
    private static partial int SpawnProcess(
        int* process, byte* path, byte* actions, byte* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    private static partial int InitializeActions(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    private static partial int AddDuplicate(byte* actions, int descriptor, int target);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    private static partial int DestroyActions(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    private static partial int InitializeAttributes(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    private static partial int SetFlags(byte* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    private static partial int SetDefaultSignals(byte* attributes, ulong* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    private static partial int DestroyAttributes(byte* attributes);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);

    [LibraryImport("libc", EntryPoint = "waitpid")]
    private static partial int WaitForProcess(int process, int* status, int options);
}
