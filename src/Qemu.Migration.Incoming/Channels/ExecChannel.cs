using System.ComponentModel;
using System.Diagnostics;
using Qemu.Migration.Destination.Hosting;

namespace Qemu.Migration.Incoming.Channels;

/// <summary>A shell command: its output is the stream, its input the return path.</summary>
internal sealed class ExecChannel : MigrationChannel
{
    private const int PatienceMilliseconds = 1000;
    private readonly Process _process;
    private readonly string _command;
    private int _ended;

    /// <summary>Starts the command.</summary>
    /// <param name="command">A line for <c>/bin/sh</c>.</param>
    /// <exception cref="IOException">There is no shell.</exception>
    public ExecChannel(string command)
    {
        _command = command;
        ProcessStartInfo start = new("/bin/sh", ["-c", command])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        try
        {
            _process = Process.Start(start)!;
        }
        catch (Win32Exception error)
        {
            throw new IOException(error.Message, error);
        }
    }

    /// <inheritdoc/>
    public override string Name => "exec:" + _command;

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        try
        {
            return ValueTask.FromResult(_process.StandardOutput.BaseStream.Read(buffer.Span));
        }
        catch (Exception error) when (error is ObjectDisposedException or InvalidOperationException)
        {
            throw new IOException(error.Message, error);
        }
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            _process.StandardInput.BaseStream.Write(bytes.Span);
            _process.StandardInput.BaseStream.Flush();
            return ValueTask.CompletedTask;
        }
        catch (Exception error) when (error is ObjectDisposedException or InvalidOperationException)
        {
            throw new IOException(error.Message, error);
        }
    }

    /// <summary>Closes the command's pipes, which ends most; one that stays is ended.</summary>
    public override void Shutdown()
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0)
            return;
        CloseInput();
        _process.StandardOutput.Dispose();
        if (!_process.WaitForExit(PatienceMilliseconds))
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private void CloseInput()
    {
        try
        {
            _process.StandardInput.Dispose();
        }
        catch (IOException)
        {
            // The command has gone already.
        }
    }
}
