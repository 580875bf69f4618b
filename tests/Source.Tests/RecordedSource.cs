using System.Buffers.Binary;
using Simulation.Source.Guest;
using Simulation.Source.Precopy;
using Simulation.Source.Savevm;
using TestKit;

namespace Source.Tests;

/// <summary>The guest, machine and options of a recorded <c>-M none</c> migration, to be migrated again by the simulated source.</summary>
internal sealed record RecordedSource(GuestModel Guest, SourceMachine Machine, SourceOptions Options)
{
    /// <summary>Reads them off a capture. Only the two offsets of the timer are taken from the stream: they are the host's clocks.</summary>
    public static RecordedSource Of(Capture capture, ReadOnlySpan<byte> ram)
    {
        byte[] stream = capture.MainStream();
        string arguments = string.Join(' ', capture.Meta.GetProperty("src_args").EnumerateArray());
        bool shared = capture.Has("x-ignore-shared");
        GuestModel guest = capture.Meta.GetProperty("mem").GetInt64() == 0
            ? new()
            : new(new RamBlockLayout(capture.Block(), capture.Meta.GetProperty("mem").GetInt64()) { Shared = shared });
        if (!ram.IsEmpty)
            guest.Ram.Write(guest.Ram.Blocks[0], 0, ram);
        int timer = stream.AsSpan().LastIndexOf("\u0005timer"u8) + 6 + 8;
        SourceMachine machine = SourceMachine.None(
            BinaryPrimitives.ReadInt64BigEndian(stream.AsSpan(timer)), BinaryPrimitives.ReadInt64BigEndian(stream.AsSpan(timer + 16)));
        machine = machine with
        {
            SendConfiguration = !arguments.Contains("send-configuration=off", StringComparison.Ordinal),
            SendSectionFooter = !arguments.Contains("send-section-footer=off", StringComparison.Ordinal),
            SuppressVmDescription = arguments.Contains("suppress-vmdesc=on", StringComparison.Ordinal),
            Uuid = arguments.Contains("-uuid ", StringComparison.Ordinal)
                ? Guid.Parse(arguments.Split("-uuid ")[1].Split(' ')[0])
                : null,
            Devices = arguments.Contains("store-global-state=off", StringComparison.Ordinal)
                ? [machine.Devices[0]]
                : machine.Devices,
        };
        return new(guest, machine, OptionsOf(capture));
    }

    private static SourceOptions OptionsOf(Capture capture)
    {
        System.Text.Json.JsonElement parameters = capture.Meta.GetProperty("parameters");
        return new()
        {
            ReturnPath = capture.Has("return-path"),
            SwitchoverAck = capture.Has("switchover-ack"),
            ValidateUuid = capture.Has("validate-uuid"),
            IgnoreShared = capture.Has("x-ignore-shared"),
            Xbzrle = capture.Has("xbzrle"),
            Multifd = capture.Has("multifd"),
            MappedRam = capture.Has("mapped-ram"),
            MaxBandwidth = parameters.GetProperty("max-bandwidth").GetInt64(),
            MultifdChannels = parameters.GetProperty("multifd-channels").GetInt32(),
            MultifdCompression = Enum.Parse<Simulation.Source.Multifd.MultifdCompression>(
                parameters.GetProperty("multifd-compression").GetString()!, ignoreCase: true),
            ZeroPageDetection = Enum.Parse<ZeroPageDetection>(
                parameters.GetProperty("zero-page-detection").GetString()!, ignoreCase: true),
        };
    }
}

internal static class CaptureExtensions
{
    /// <summary>The name of the one block.</summary>
    public static string Block(this Capture capture) => capture.Meta.GetProperty("blocks").EnumerateObject().Single().Name;

    public static bool Has(this Capture capture, string capability) =>
        capture.Meta.GetProperty("capabilities").GetProperty(capability).GetBoolean();
}
