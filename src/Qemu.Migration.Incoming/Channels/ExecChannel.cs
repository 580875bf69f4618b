using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Incoming.Native;

namespace Qemu.Migration.Incoming.Channels;

/// <summary>A shell command: its output is the stream, its input the return path.</summary>
internal sealed class ExecChannel : MigrationChannel
{
    private readonly ShellCommand _command;
    private readonly DescriptorChannel _pipes;
    private int _ended;

    /// <summary>Starts the command.</summary>
    /// <param name="command">A line for <c>/bin/sh</c>.</param>
    /// <exception cref="IOException">It cannot be started.</exception>
    public ExecChannel(string command)
    {
        _command = ShellCommand.Start(command);
        try
        {
            _pipes = new("exec:" + command, _command.Output, _command.Input);
        }
        catch (IOException)
        {
            _command.Input.Dispose();
            _command.Output.Dispose();
            _command.End(mayFinish: false);
            throw;
        }
    }

    /// <inheritdoc/>
    public override string Name => _pipes.Name;

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer) => _pipes.ReadAsync(buffer);

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes) => _pipes.WriteAsync(bytes);

    /// <summary>Closes the command's pipes and sees to its end. A command that is waited for is told to end at once; one that has
    /// sent what was wanted may do what it still has to.</summary>
    public override void Shutdown()
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0)
            return;
        bool isWaitedFor = _pipes.IsRead;
        _pipes.Shutdown();
        _command.End(mayFinish: !isWaitedFor);
    }
}
