namespace Simulation.Scenarios.Observing;

/// <summary>What a reply to <c>query-migrate</c> says of the time that the guest waited for pages (capability <c>postcopy-blocktime</c>).
/// Lists of numbers are text, with commas: replies are compared by what they say.</summary>
public sealed record BlockTimeReply
{
    /// <summary><c>postcopy-blocktime</c>: milliseconds in which all virtual CPUs waited.</summary>
    public long? All { get; set; }

    /// <summary><c>postcopy-vcpu-blocktime</c>: milliseconds in which each waited.</summary>
    public string Vcpus { get; set; } = "";

    /// <summary><c>postcopy-latency</c>: nanoseconds that a page took to come.</summary>
    public long? Latency { get; set; }

    /// <summary><c>postcopy-latency-dist</c>: pages by how long they took, element N from 2^N us on.</summary>
    public string Distribution { get; set; } = "";

    /// <summary><c>postcopy-vcpu-latency</c>: nanoseconds for each virtual CPU.</summary>
    public string VcpuLatencies { get; set; } = "";

    /// <summary><c>postcopy-non-vcpu-latency</c>: nanoseconds for who is none.</summary>
    public long? OtherLatency { get; set; }
}
