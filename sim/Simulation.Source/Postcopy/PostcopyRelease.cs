namespace Simulation.Source.Postcopy;

/// <summary>The QEMU whose postcopy a source does.</summary>
public enum PostcopyRelease
{
    /// <summary>10.0: <c>device</c> -> <c>postcopy-active</c>.</summary>
    Qemu10,

    /// <summary>
    /// 11.1: a PART (with FLUSH under multifd) before the guest is stopped; PING 0x42 before RUN, and <c>postcopy-device</c> until its
    /// PONG; with multifd, whose channels end with that PART.
    /// </summary>
    Qemu11,
}
