namespace Qemu.Migration.Incoming.Native;

/// <summary>What the system has to give the process, so that it can do its work.</summary>
internal static unsafe class ProcessLimits
{
    // The runtime and its parts take about 80, a migration with TLS 20 more.
    private const long LeastDescriptors = 128;

    /// <summary>Whether there is enough; says on stderr what is not.</summary>
    public static bool AreEnough()
    {
        if (LibC.DescriptorLimit >= LeastDescriptors)
            return true;
        ReadOnlySpan<byte> message = "incoming: at least 128 descriptors are needed, and this process may have fewer: raise 'ulimit -n'\n"u8;
        if (StandardStream.IsInherited(StandardStream.Error))
        {
            fixed (byte* first = message)
                _ = LibC.Write(StandardStream.Error, first, (nuint)message.Length);
        }
        return false;
    }
}
