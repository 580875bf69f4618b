using Fuzzing.Targets.Hosts;
using Qemu.Migration.Destination.Hosting;
using TestKit;

namespace Seams.Tests.Channels;

/// <summary>A channel of bytes that are all there, and then its end.</summary>
public sealed class ArrayHost(Func<byte[], MigrationChannel> make) : ChannelHost
{
    public override bool CanBeOpen => false;

    public override void Run(byte[] content, bool ends, Func<MigrationChannel, Task> body) => Block(() => body(make(content)));
}

/// <summary>A connection of the fuzzer's scripts.</summary>
public sealed class ScriptedHost(int delivery) : ChannelHost
{
    public override void Run(byte[] content, bool ends, Func<MigrationChannel, Task> body)
    {
        ScriptedChannel channel = new("connection 0", (SessionDelivery)delivery);
        channel.Deliver(content);
        if (ends)
            channel.Close();
        Block(() => body(channel));
    }

    // The fuzzer has one thread: a read that waits is a task that is not complete.
    public override Task Beside(Func<Task> body) => body();

    public override Task Settle(Func<bool> isReading)
    {
        Assert.True(isReading());
        return Task.CompletedTask;
    }
}

public sealed class FuzzLentTests() : ChannelContract(new ArrayHost(content => Of(Fuzzing.Targets.Hosts.Delivery.Lent, content)))
{
    internal static MigrationChannel Of(Fuzzing.Targets.Hosts.Delivery delivery, byte[] content)
    {
        FuzzChannel channel = new(delivery);
        channel.Reset(content);
        return channel;
    }
}

public sealed class FuzzPortionsTests() : ChannelContract(
    new ArrayHost(content => FuzzLentTests.Of(Fuzzing.Targets.Hosts.Delivery.Portions, content)));

public sealed class FuzzSeekableTests() : ChannelContract(
    new ArrayHost(content => FuzzLentTests.Of(Fuzzing.Targets.Hosts.Delivery.Seekable, content)));

public sealed class ScriptedCopiedTests() : ChannelContract(new ScriptedHost((int)SessionDelivery.Copied));

public sealed class ScriptedInPlaceTests() : ChannelContract(new ScriptedHost((int)SessionDelivery.InPlace));

public sealed class ScriptedRecordsTests() : ChannelContract(new ScriptedHost((int)SessionDelivery.Records));

public sealed class ScriptedInPlaceInPortionsTests() : ChannelContract(new ScriptedHost((int)SessionDelivery.InPlaceInPortions));

public sealed class ArrayLentTests() : ChannelContract(new ArrayHost(content => new ArrayChannel(content, TestKit.Delivery.Lent)));

public sealed class ArrayWholeTests() : ChannelContract(new ArrayHost(content => new ArrayChannel(content) { InPlace = true }));

public sealed class ArrayByteByByteTests() : ChannelContract(new ArrayHost(content => new ArrayChannel(content, TestKit.Delivery.ByteByByte)));

public sealed class ArraySeekableTests() : ChannelContract(new ArrayHost(content => new ArrayChannel(content, TestKit.Delivery.Seekable)));
