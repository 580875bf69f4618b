using System.Text.Json.Serialization;

namespace Qemu.Migration.Destination.Qapi;

/// <summary>QAPI <c>SocketAddress</c>: where the destination listens.</summary>
internal sealed record SocketAddress
{
    /// <summary><c>inet</c> or <c>unix</c>.</summary>
    public required string Type { get; init; }

    /// <summary>Host of an <c>inet</c> address, numeric.</summary>
    public string? Host { get; init; }

    /// <summary>Port of an <c>inet</c> address, in decimal, as QAPI has it.</summary>
    public string? Port { get; init; }

    /// <summary>True for an IPv4 address.</summary>
    [JsonPropertyName("ipv4")]
    public bool? IPv4 { get; init; }

    /// <summary>True for an IPv6 address.</summary>
    [JsonPropertyName("ipv6")]
    public bool? IPv6 { get; init; }

    /// <summary>Path of a <c>unix</c> address.</summary>
    public string? Path { get; init; }

    /// <summary>The address as <c>migrate</c> takes it.</summary>
    /// <returns><c>tcp:HOST:PORT</c> or <c>unix:PATH</c>.</returns>
    public string ToUri() => Type == "unix" ? $"unix:{Path}"
        : IPv6 == true ? $"tcp:[{Host}]:{Port}"
        : $"tcp:{Host}:{Port}";
}
