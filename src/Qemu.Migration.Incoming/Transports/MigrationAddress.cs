using System.Globalization;
using Qemu.Migration.Destination;

namespace Qemu.Migration.Incoming.Transports;

/// <summary>
/// Where a stream comes from, as QEMU writes it:
/// <code>
/// tcp:HOST:PORT   unix:PATH   file:PATH[,offset=SIZE]   fd:NUMBER   exec:COMMAND
/// </code>
/// </summary>
internal abstract record MigrationAddress
{
    /// <summary>Reads an address. The texts of its errors are QEMU's, where QEMU has one.</summary>
    /// <param name="uri">The address.</param>
    /// <returns>The address.</returns>
    /// <exception cref="FormatException">It is none.</exception>
    public static MigrationAddress Parse(string uri)
    {
        int colon = uri.IndexOf(':', StringComparison.Ordinal);
        string rest = uri[(colon + 1)..];
        return (colon < 0 ? "" : uri[..colon]) switch
        {
            "tcp" => TcpAddress.ParseHostPort(rest),
            "unix" => rest.Length > 0 ? new UnixAddress(rest) : throw new FormatException("invalid Unix socket address"),
            "file" => FileAddress.ParsePath(rest),
            "fd" => int.TryParse(rest, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                ? new DescriptorAddress(number)
                : throw new FormatException($"file descriptor '{rest}' is not a number"),
            "exec" => rest.Length > 0 ? new ExecAddress(rest) : throw new FormatException("exec: needs a command"),
            _ => throw new FormatException($"unknown migration protocol: {uri}"),
        };
    }

    /// <summary>Whether a stream of this kind can come from here; the texts are those of QEMU 10.0 and 11.1.</summary>
    /// <param name="capabilities">What is switched on.</param>
    /// <returns>Why it cannot, or null.</returns>
    public string? FindConflict(MigrationCapabilities capabilities)
    {
        if (capabilities.MappedRam)
            return this is FileAddress ? null : "Migration requires seekable transport (e.g. file)";
        return capabilities.Multifd && this is not (TcpAddress or UnixAddress)
            ? "Migration requires multi-channel URIs (e.g. tcp)"
            : null;
    }
}

/// <summary>A TCP port to listen on.</summary>
/// <param name="Host">A name or number; empty for every address of this machine.</param>
/// <param name="Port">0 for any free one.</param>
internal sealed record TcpAddress(string Host, int Port) : MigrationAddress
{
    /// <summary>Reads <c>HOST:PORT</c> or <c>[HOST]:PORT</c>.</summary>
    /// <param name="text">The text behind <c>tcp:</c>.</param>
    /// <returns>The address.</returns>
    /// <exception cref="FormatException">It is none.</exception>
    public static TcpAddress ParseHostPort(string text)
    {
        int colon = text.LastIndexOf(':');
        string host = colon < 0 ? "" : text[..colon];
        if (colon < 0 || !ushort.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
            throw new FormatException($"error parsing address '{text}'");
        bool bracketed = host.StartsWith('[') && host.EndsWith(']');
        if (!bracketed && host.Contains(':', StringComparison.Ordinal))
            throw new FormatException($"error parsing address '{text}'");
        return new(bracketed ? host[1..^1] : host, port);
    }
}

/// <summary>A Unix socket to listen on.</summary>
/// <param name="Path">Its path; a socket left there is replaced.</param>
internal sealed record UnixAddress(string Path) : MigrationAddress;

/// <summary>A file to read.</summary>
/// <param name="Path">Its path.</param>
/// <param name="OffsetBytes">Where in it the stream begins.</param>
internal sealed record FileAddress(string Path, long OffsetBytes) : MigrationAddress
{
    private const string OffsetOption = ",offset=";

    /// <summary>Reads <c>PATH[,offset=SIZE]</c>.</summary>
    /// <param name="text">The text behind <c>file:</c>.</param>
    /// <returns>The address.</returns>
    /// <exception cref="FormatException">It is none.</exception>
    public static FileAddress ParsePath(string text)
    {
        int option = text.IndexOf(OffsetOption, StringComparison.Ordinal);
        string path = option < 0 ? text : text[..option];
        string offset = option < 0 ? "0" : text[(option + OffsetOption.Length)..];
        if (!QemuSize.TryParse(offset, 'B', out long bytes))
            throw new FormatException($"file URI has bad offset {offset}: Invalid argument");
        return path.Length > 0 ? new(path, bytes) : throw new FormatException("file: needs a path");
    }
}

/// <summary>A descriptor this process inherited: a connected socket, a pipe or a file.</summary>
/// <param name="Number">Its number.</param>
internal sealed record DescriptorAddress(int Number) : MigrationAddress;

/// <summary>A command whose output is the stream.</summary>
/// <param name="Command">A line for the shell.</param>
internal sealed record ExecAddress(string Command) : MigrationAddress;
