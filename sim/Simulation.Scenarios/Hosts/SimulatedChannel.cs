using System.Buffers;
using System.Buffers.Binary;
using Qemu.Migration.Destination.Hosting;
using Simulation.Engine.Fabric;
using Simulation.Engine.Loop;
using Simulation.Scenarios.Observing;
using Simulation.Scenarios.Options;

namespace Simulation.Scenarios.Hosts;

/// <summary>A connection of the fabric as the destination sees it. Everything read is noted.</summary>
/// <param name="loop">The world's loop.</param>
/// <param name="endpoint">The destination's side.</param>
/// <param name="received">Where to note what is read.</param>
/// <param name="observation">Told what the connection turns out to be.</param>
/// <param name="fromListener">Whether it came through a listener.</param>
internal sealed class SimulatedChannel(
    SimulationLoop loop, Endpoint endpoint, ReceivedStream received, RunObservation observation, bool fromListener) : MigrationChannel
{
    private const uint MainMagic = 0x5145564d;
    private const uint MultifdMagic = 0x11223344;

    // The most that is read in place at once: a socket's buffer is no longer.
    private const int MostBytesInPlace = 256 * 1024;

    private readonly ChannelKind _kind = observation.Options.Host.Channel;

    /// <inheritdoc/>
    public override string Name => received.Name;

    /// <inheritdoc/>
    public override bool FromListener => fromListener;

    /// <inheritdoc/>
    public override bool HasEnded => endpoint.HasEnded;

    /// <inheritdoc/>
    public override bool ReadsInPlace => _kind == ChannelKind.InPlace;

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        received.LargestReadBytes = Math.Max(received.LargestReadBytes, buffer.Length);
        int leftOfRecord = HostOptions.RecordBytes - (received.Count % HostOptions.RecordBytes);
        return ReadNotedAsync(_kind == ChannelKind.Records && buffer.Length > leftOfRecord ? buffer[..leftOfRecord] : buffer);
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadInPlaceAsync(ReadOnlyMemory<MemoryPiece> pieces)
    {
        if (!ReadsInPlace)
            return await base.ReadInPlaceAsync(pieces);

        // Nothing but what was read into it is used: whose it was before makes no difference.
        byte[] scratch = ArrayPool<byte>.Shared.Rent(MostBytesInPlace);
        try
        {
            int count = await ReadNotedAsync(scratch.AsMemory(0, (int)Math.Min(MostBytesInPlace, Pieces.Room(pieces.Span))));
            Pieces.Fill(pieces.Span, scratch.AsSpan(0, count));
            observation.ReadsInPlace++;
            return count;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }

    private async ValueTask<int> ReadNotedAsync(Memory<byte> buffer)
    {
        await loop.Point("channel.read");
        int count;
        try
        {
            count = await endpoint.ReadAsync(buffer);
        }
        catch (IOException)
        {
            received.HasEnded = received.HasFailed = true;
            if (!received.IsShut)
                received.EndedNanoseconds = loop.NowNanoseconds;
            throw;
        }

        if (count > 0)
            Note();
        else if (!received.IsShut)
            End();
        return count;
    }

    // Who ends a stream of records says so. One that is cut off has not.
    private void End()
    {
        received.HasEnded = true;
        received.EndedNanoseconds = loop.NowNanoseconds;
        received.HasFailed = _kind == ChannelKind.Records && endpoint.Connection.Damage.Any(
            damage => damage is { Kind: DamageKind.Truncated, Direction: Direction.ClientToServer });
        if (received.HasFailed)
            throw new IOException("the connection ended without a goodbye");
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        await loop.Point("channel.write");
        await endpoint.WriteAsync(bytes);
        received.NoteSent(bytes.Span);
    }

    /// <inheritdoc/>
    public override void ShutdownRead()
    {
        received.IsShut = true;
        endpoint.ShutdownRead();
    }

    /// <inheritdoc/>
    public override void Shutdown()
    {
        received.LeftByItself |= !received.IsShut && loop.Current?.Name == received.TaskName;
        received.IsShut = true;
        endpoint.Shutdown();
    }

    // In postcopy connections come that begin with no magic.
    private ConnectionRole? RoleOfLaterConnection() => received.Name.Split('/')[0] switch
    {
        "recovery" => ConnectionRole.Recovery,
        "preempt" => ConnectionRole.Preempt,
        _ => null,
    };

    private void Note()
    {
        received.NoteRead(endpoint.BytesRead, loop.NowNanoseconds);
        if (received.RecognizedAs >= 0 || received.Count < sizeof(uint))
            return;
        uint magic = BinaryPrimitives.ReadUInt32BigEndian(received.Bytes.Span);

        // A migration that is under way has its channels.
        bool mayBeChannel = observation.Options.Migration.Multifd && observation.Activation is null;
        observation.Recognize(received, RoleOfLaterConnection() is { } role ? role
            : magic == MainMagic ? ConnectionRole.Main
            : magic == MultifdMagic && mayBeChannel ? ConnectionRole.Multifd
            : ConnectionRole.Stranger);
    }
}
