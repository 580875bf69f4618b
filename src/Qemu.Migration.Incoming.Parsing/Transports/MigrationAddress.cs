using System.Globalization;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Qapi;

namespace Qemu.Migration.Incoming.Transports;

/// <summary>
/// Where a stream comes from, as QEMU writes it:
/// <code>
/// tcp:HOST:PORT[,to=PORT][,ipv4[=on|off]][,ipv6[=on|off]]   unix:PATH   file:PATH[,offset=SIZE]   fd:NUMBER|NAME   exec:COMMAND
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
            "fd" => ParseDescriptor(rest),
            "exec" => rest.Length > 0 ? new ExecAddress(rest) : throw new FormatException("exec: needs a command"),
            _ => throw new FormatException($"unknown migration protocol: {uri}"),
        };
    }

    /// <summary>Reads what names a descriptor: the number of an inherited one, or the name that a monitor gave one.</summary>
    /// <param name="text">The text behind <c>fd:</c>.</param>
    /// <returns>The address.</returns>
    /// <exception cref="FormatException">It is none.</exception>
    public static MigrationAddress ParseDescriptor(string text)
    {
        if (text.Length == 0)
            throw new FormatException("invalid file descriptor address");
        if (!char.IsAsciiDigit(text[0]))
            return new NamedDescriptorAddress(text);
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? new DescriptorAddress(number)
            : throw new FormatException($"file descriptor '{text}' is not a number");
    }

    /// <summary>Takes what the address names out of the descriptors that monitors passed.</summary>
    /// <param name="descriptors">The descriptors.</param>
    /// <returns>The address to be opened.</returns>
    /// <exception cref="IOException">They do not have it.</exception>
    public virtual MigrationAddress Take(DescriptorStore descriptors) => this;

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

/// <summary>A Unix socket to listen on.</summary>
/// <param name="Path">Its path; a socket left there is replaced.</param>
internal sealed record UnixAddress(string Path) : MigrationAddress;

/// <summary>A file to read.</summary>
/// <param name="Path">Its path.</param>
/// <param name="OffsetBytes">Where in it the stream begins.</param>
internal sealed record FileAddress(string Path, long OffsetBytes) : MigrationAddress
{
    private const string OffsetOption = ",offset=";
    private const string FdsetFolder = "/dev/fdset/";

    /// <summary>A descriptor of the file, where a monitor passed it (<c>add-fd</c>) and the path only says in which set. It stays in
    /// the set.</summary>
    public int? Descriptor { get; init; }

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

    /// <inheritdoc/>
    public override MigrationAddress Take(DescriptorStore descriptors)
    {
        if (!Path.StartsWith(FdsetFolder, StringComparison.Ordinal))
            return this;
        int? descriptor = long.TryParse(Path[FdsetFolder.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out long id)
            ? descriptors.FirstOfSet(id)
            : null;
        return descriptor is { } number
            ? this with { Descriptor = number }
            : throw new IOException($"Failed to find fdset {Path}");
    }
}

/// <summary>A descriptor this process inherited, or was passed: a connected socket, a pipe or a file.</summary>
/// <param name="Number">Its number.</param>
/// <param name="IsPassed">Whether a monitor passed it.</param>
internal sealed record DescriptorAddress(int Number, bool IsPassed = false) : MigrationAddress;

/// <summary>A descriptor that a monitor passed and gave a name (<c>getfd</c>).</summary>
/// <param name="Name">Its name.</param>
internal sealed record NamedDescriptorAddress(string Name) : MigrationAddress
{
    /// <inheritdoc/>
    public override MigrationAddress Take(DescriptorStore descriptors) => descriptors.TakeNamed(Name) is { } number
        ? new DescriptorAddress(number, IsPassed: true)
        : throw new IOException($"File descriptor named '{Name}' has not been found");
}

/// <summary>A command whose output is the stream.</summary>
/// <param name="Command">A line for the shell.</param>
internal sealed record ExecAddress(string Command) : MigrationAddress
{
    /// <summary>A command and its arguments, not for a shell.</summary>
    /// <param name="arguments">The program and its arguments.</param>
    /// <returns>The same as a line for the shell.</returns>
    /// <exception cref="FormatException">There is no program.</exception>
    public static ExecAddress FromArguments(IReadOnlyList<string> arguments) => arguments switch
    {
        [] or ["", ..] => throw new FormatException("exec: needs a command"),
        ["/bin/sh", "-c", var line] => new(line),
        _ => new("exec " + string.Join(' ', arguments.Select(a => $"'{a.Replace("'", "'\\''", StringComparison.Ordinal)}'"))),
    };
}
