using System.Runtime.InteropServices;

namespace Qemu.Migration.Incoming.Native;

/// <summary>Keeps a descriptor open while it is in use, whoever closes it meanwhile: its number could be another file's next.</summary>
internal readonly ref struct HeldDescriptor
{
    private readonly SafeHandle? _handle;

    /// <summary>Holds a descriptor.</summary>
    /// <param name="handle">Its handle.</param>
    public HeldDescriptor(SafeHandle handle)
    {
        bool held = false;
        try
        {
            handle.DangerousAddRef(ref held);
        }
        catch (ObjectDisposedException)
        {
            // It is closed already.
        }
        _handle = held ? handle : null;
    }

    /// <summary>The descriptor, or -1 where it was closed before.</summary>
    public int Number => _handle is null ? -1 : (int)_handle.DangerousGetHandle();

    /// <summary>Lets it go.</summary>
    public void Dispose() => _handle?.DangerousRelease();
}
