namespace Qemu.Migration.Incoming.Native;

/// <summary>The streams that a process is started with. If one is closed, the runtime's first own file gets its number, and a write to that
/// number would reach the runtime.</summary>
internal static class StandardStream
{
    /// <summary>The number of stdout.</summary>
    public const int Output = 1;

    /// <summary>The number of stderr.</summary>
    public const int Error = 2;

    /// <summary>Opens stdout.</summary>
    /// <returns>The stream.</returns>
    /// <exception cref="IOException">It is closed.</exception>
    public static Stream OpenOutput() =>
        IsInherited(Output) ? Console.OpenStandardOutput() : throw new IOException("stdout is closed, and the result has no place to go");

    /// <summary>Whether a descriptor was there when this process was started. What the process opens itself is closed in those that it
    /// starts.</summary>
    /// <param name="number">The descriptor.</param>
    public static bool IsInherited(int number) =>
        LibC.Control(number, LibC.GetDescriptorFlags, 0) is var flags and >= 0 && (flags & LibC.CloseOnExec) == 0;
}
