using System.IO.Pipes;
using System.Net;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Incoming.Channels;
using Qemu.Migration.Incoming.Transports;

namespace Seams.Tests.Channels;

/// <summary>A place with a folder for sockets and files, which goes with it.</summary>
public abstract class FolderHost : ChannelHost
{
    protected string Folder { get; } = Directory.CreateTempSubdirectory("seams").FullName;

    public override void Dispose()
    {
        Directory.Delete(Folder, recursive: true);
        base.Dispose();
    }
}

/// <summary>The daemon's sockets.</summary>
public sealed class SocketHost(bool isUnix) : FolderHost
{
    public override void Run(byte[] content, bool ends, Func<MigrationChannel, Task> body)
    {
        EndPoint address = isUnix ? new UnixDomainSocketEndPoint(Path.Combine(Folder, "socket")) : new IPEndPoint(IPAddress.Loopback, 0);
        using Socket listener = new(address.AddressFamily, SocketType.Stream, isUnix ? ProtocolType.Unspecified : ProtocolType.Tcp);
        listener.Bind(address);
        listener.Listen(1);
        using Socket peer = new(address.AddressFamily, SocketType.Stream, isUnix ? ProtocolType.Unspecified : ProtocolType.Tcp);
        peer.Connect(listener.LocalEndPoint!);
        using Socket accepted = listener.Accept();
        Task sending = Beside(() => SendAsync(peer, content, ends));
        Block(() => body(new SocketChannel("socket", accepted, fromListener: false)));
        accepted.Dispose();
        Block(() => sending);
    }

    private static async Task SendAsync(Socket peer, byte[] content, bool ends)
    {
        await Task.CompletedTask;
        try
        {
            for (int sent = 0; sent < content.Length;)
                sent += peer.Send(content.AsSpan(sent));
            if (ends)
                peer.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The channel was shut down before it had read all.
        }
    }
}

/// <summary>The daemon's pipes.</summary>
public sealed class PipeHost : ChannelHost
{
    public override bool CanWrite => false;

    public override void Run(byte[] content, bool ends, Func<MigrationChannel, Task> body)
    {
        using AnonymousPipeServerStream peer = new(PipeDirection.Out);
        using SafePipeHandle end = peer.ClientSafePipeHandle;
        Task sending = Beside(() => SendAsync(peer, content, ends));
        DescriptorChannel channel = new("fd:3", new SafeFileHandle(end.DangerousGetHandle(), ownsHandle: true));
        end.SetHandleAsInvalid();
        Block(() => body(channel));
        channel.Shutdown();
        Block(() => sending);
    }

    private static async Task SendAsync(AnonymousPipeServerStream peer, byte[] content, bool ends)
    {
        await Task.CompletedTask;
        try
        {
            peer.Write(content);
            if (ends)
                peer.Dispose();
        }
        catch (IOException)
        {
            // The channel was shut down before it had read all.
        }
    }
}

/// <summary>The daemon's commands.</summary>
public sealed class ExecHost : FolderHost
{
    // Only a listener's connections have their reading shut down alone.
    public override bool HasTwoDirections => false;

    public override void Run(byte[] content, bool ends, Func<MigrationChannel, Task> body)
    {
        string file = Path.Combine(Folder, "content");
        File.WriteAllBytes(file, content);

        // It takes what is written after its output has ended, too.
        ExecChannel channel = new($"cat '{file}'; {(ends ? "exec 1>&-; " : "")}cat >/dev/null");
        Block(() => body(channel));
        channel.Shutdown();
    }
}

/// <summary>The daemon's regular files.</summary>
public sealed class FileHost(int originBytes) : FolderHost
{
    public override bool CanBeOpen => false;

    public override bool CanWrite => false;

    public override void Run(byte[] content, bool ends, Func<MigrationChannel, Task> body)
    {
        string file = Path.Combine(Folder, "content");
        File.WriteAllBytes(file, [.. new byte[originBytes], .. content]);
        MigrationChannel channel = FileOpener.Open(new FileAddress(file, originBytes));
        Assert.Equal(content.Length == 0 && originBytes == 0 ? 0 : originBytes, channel.OriginBytes);
        Block(() => body(channel));
        channel.Shutdown();
    }
}

public sealed class UnixSocketTests() : ChannelContract(new SocketHost(isUnix: true));

public sealed class TcpSocketTests() : ChannelContract(new SocketHost(isUnix: false));

public sealed class PipeTests() : ChannelContract(new PipeHost());

public sealed class ExecTests() : ChannelContract(new ExecHost());

public sealed class FileTests() : ChannelContract(new FileHost(originBytes: 0));

public sealed class FileAtOffsetTests() : ChannelContract(new FileHost(originBytes: 1234));

public sealed class MemoryTests() : ChannelContract(new ArrayHost(content => new MemoryChannel("memory", content, canWrite: true)));
