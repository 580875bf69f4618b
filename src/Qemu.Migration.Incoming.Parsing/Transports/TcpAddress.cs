using System.Globalization;

namespace Qemu.Migration.Incoming.Transports;

/// <summary>A TCP port to listen on.</summary>
/// <param name="Host">A name or number; empty for every address of this machine.</param>
/// <param name="Port">0 for any free one.</param>
internal sealed record TcpAddress(string Host, int Port) : MigrationAddress
{
    /// <summary>The last port to be tried where others are taken; null for <see cref="Port"/> only.</summary>
    public int? HighestPort { get; init; }

    /// <summary>Whether IPv4 may be, or must be where IPv6 is not said; null for either.</summary>
    public bool? IPv4 { get; init; }

    /// <summary>The same for IPv6.</summary>
    public bool? IPv6 { get; init; }

    /// <summary>Reads <c>HOST:PORT</c> or <c>[HOST]:PORT</c>, and options behind commas. It looks over those of QEMU that change
    /// nothing here.</summary>
    /// <param name="text">The text behind <c>tcp:</c>.</param>
    /// <returns>The address.</returns>
    /// <exception cref="FormatException">It is none.</exception>
    public static TcpAddress ParseHostPort(string text)
    {
        string[] parts = text.Split(',');
        int colon = parts[0].LastIndexOf(':');
        string host = colon < 0 ? "" : parts[0][..colon];
        bool bracketed = host.StartsWith('[') && host.EndsWith(']');
        if (colon < 0 || colon == parts[0].Length - 1 || (!bracketed && host.Contains(':', StringComparison.Ordinal)))
            throw new FormatException($"error parsing address '{text}'");
        host = bracketed ? host[1..^1] : host;
        TcpAddress address = new(host, ParsePort(host, parts[0][(colon + 1)..]));
        foreach (string option in parts.Skip(1))
            address = address.With(option);
        address.Validate();
        return address;
    }

    /// <summary>Reads a port's number.</summary>
    /// <param name="host">Its host, for the error.</param>
    /// <param name="text">The number.</param>
    /// <returns>The port.</returns>
    /// <exception cref="FormatException">It is none.</exception>
    public static int ParsePort(string host, string text) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port)
            ? port
            : throw new FormatException($"address resolution failed for {host}:{text}: Servname not supported for ai_socktype");

    /// <summary>Checks that the options leave something to listen on.</summary>
    /// <exception cref="FormatException">They do not.</exception>
    public void Validate()
    {
        if (IPv4 == false && IPv6 == false)
            throw new FormatException("Cannot disable IPv4 and IPv6 at same time");
        if (HighestPort < Port)
            throw new FormatException($"Failed to bind socket: there is no port from {Port} to {HighestPort}");
    }

    private TcpAddress With(string option)
    {
        int equals = option.IndexOf('=', StringComparison.Ordinal);
        string value = equals < 0 ? "" : option[equals..];
        return (equals < 0 ? option : option[..equals]) switch
        {
            "to" => this with { HighestPort = ParseTo(value) },
            "ipv4" => this with { IPv4 = ParseFlag("ipv4", value) },
            "ipv6" => this with { IPv6 = ParseFlag("ipv6", value) },
            "numeric" or "mptcp" or "keep-alive" or "keep-alive-count" or "keep-alive-idle" or "keep-alive-interval" => this,
            string unknown => throw new FormatException($"Invalid parameter '{unknown}'"),
        };
    }

    private static int ParseTo(string value) =>
        value.Length > 0 && ushort.TryParse(value[1..], NumberStyles.None, CultureInfo.InvariantCulture, out ushort port)
            ? port
            : throw new FormatException("error parsing to= argument");

    private static bool ParseFlag(string name, string value) => value switch
    {
        "" or "=on" => true,
        "=off" => false,
        _ => throw new FormatException($"error parsing '{name}' flag '{value}'"),
    };
}
