using Qemu.Migration.Destination.Hosting;

namespace Seams.Tests.Monitors;

/// <summary>What every connection of a monitor promises (<see cref="QmpChannel"/>), in the daemon and in the simulation.</summary>
public abstract class QmpChannelContract
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 100_000).Select(i => (byte)(((i * 31) + (i >> 8)) & 0xff))];

    [Fact]
    public void Bytes_come_in_order_and_then_the_end_for_ever() => Run(Content, ends: true, async (channel, _) =>
    {
        List<byte> read = [];
        byte[] buffer = new byte[4096];
        List<int> descriptors = [];
        for (int count; (count = await channel.ReadAsync(buffer, descriptors)) > 0;)
            read.AddRange(buffer.AsSpan(0, count));
        Assert.Equal(Content, read);
        Assert.Equal(0, await channel.ReadAsync(buffer, descriptors));
        Assert.Empty(descriptors);
    });

    [Fact]
    public void Line_goes_to_the_client() => Run([], ends: false, async (channel, receive) =>
    {
        await channel.WriteAsync("{}\r\n"u8.ToArray());
        channel.Dispose();
        Assert.Equal("{}\r\n"u8.ToArray(), await receive());
    });

    [Fact]
    public void Read_ends_when_the_channel_was_shut_down_and_a_write_fails() => Run([], ends: false, async (channel, _) =>
    {
        channel.Shutdown();
        channel.Shutdown();
        Assert.Equal(0, await channel.ReadAsync(new byte[16], []));
        await Assert.ThrowsAnyAsync<IOException>(async () => await channel.WriteAsync("{}\r\n"u8.ToArray()));
    });

    [Fact]
    public void Channel_can_be_disposed_of_twice() => Run([], ends: false, (channel, _) =>
    {
        channel.Dispose();
        channel.Dispose();
        channel.Shutdown();
        return Task.CompletedTask;
    });

    /// <summary>Runs a test.</summary>
    /// <param name="content">What the client sends.</param>
    /// <param name="ends">Whether it then ends its stream.</param>
    /// <param name="body">The test: takes the channel, and what reads all that the client receives.</param>
    private protected abstract void Run(byte[] content, bool ends, Func<QmpChannel, Func<Task<byte[]>>, Task> body);
}
