using System.Text.Json;

namespace Qemu.Migration.Incoming.Transports;

/// <summary>Reads QAPI <c>MigrationAddress</c>: what <c>migrate-incoming</c> has in <c>channels</c>, held against the schema before.</summary>
internal static class QapiAddress
{
    /// <summary>Reads an address.</summary>
    /// <param name="address">The JSON object.</param>
    /// <returns>The address.</returns>
    /// <exception cref="FormatException">It cannot be listened on.</exception>
    public static MigrationAddress Read(JsonElement address) => Text(address, "transport") switch
    {
        "socket" => ReadSocket(address),
        "file" => ReadFile(address),
        "exec" => ExecAddress.FromArguments([.. address.GetProperty("args").EnumerateArray().Select(a => a.GetString()!)]),
        string other => throw new FormatException($"transport '{other}' is not supported"),
    };

    private static MigrationAddress ReadSocket(JsonElement address) => Text(address, "type") switch
    {
        "inet" => ReadInet(address),
        "unix" when Flag(address, "abstract") == true => throw new FormatException("abstract Unix sockets are not supported"),
        "unix" => Text(address, "path") is { Length: > 0 } path
            ? new UnixAddress(path)
            : throw new FormatException("invalid Unix socket address"),
        "fd" => MigrationAddress.ParseDescriptor(Text(address, "str")),
        string other => throw new FormatException($"sockets of type '{other}' are not supported"),
    };

    private static TcpAddress ReadInet(JsonElement address)
    {
        string host = Text(address, "host");
        TcpAddress tcp = new(host, TcpAddress.ParsePort(host, Text(address, "port")))
        {
            HighestPort = address.TryGetProperty("to", out JsonElement to) ? to.GetInt32() : null,
            IPv4 = Flag(address, "ipv4"),
            IPv6 = Flag(address, "ipv6"),
        };
        tcp.Validate();
        return tcp;
    }

    private static FileAddress ReadFile(JsonElement address)
    {
        string path = Text(address, "filename");
        if (!address.GetProperty("offset").TryGetInt64(out long offset) || offset < 0)
            throw new FormatException($"Unable to seek to offset {address.GetProperty("offset").GetRawText()} in file '{path}'");
        return new(path, offset);
    }

    private static string Text(JsonElement address, string name) => address.GetProperty(name).GetString()!;

    private static bool? Flag(JsonElement address, string name) =>
        address.TryGetProperty(name, out JsonElement flag) ? flag.GetBoolean() : null;
}
