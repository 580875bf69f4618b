using BenchmarkDotNet.Attributes;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Wire;
using TestKit;

namespace Migration.Benchmarks;

/// <summary>The loader's record loop on a stream in memory: one kind of record, 16 MiB of guest each.</summary>
[MemoryDiagnoser]
[ShortRunJob]
public class RecordLoop
{
    private const int Pages = 4096;
    private byte[] _stream = [];
    private TestKit.Destination? _destination;
    private MachineProfile? _machine;

    /// <summary>The kind of record.</summary>
    [Params("page", "zero", "xbzrle")]
    public string Kind { get; set; } = "page";

    [GlobalSetup]
    public void Setup()
    {
        _machine = MachineProfile.None(new RamBlockDescription { Name = "ram", LengthBytes = Pages * 4096L });
        byte[] content = new byte[4096];
        new Random(1).NextBytes(content);
        // 16 runs of 8 bytes, 100 bytes apart.
        byte[] delta = [.. Enumerable.Range(0, 16).SelectMany(_ => (byte[])[100, 8, .. content.AsSpan(0, 8)])];
        StreamBuilder stream = new StreamBuilder().Header().Configuration().RamStart();
        for (int page = 0; page < Pages; page++)
        {
            ulong offset = (ulong)page * 4096;
            string? block = page == 0 ? "ram" : null;
            _ = Kind switch
            {
                "page" => stream.Page(offset, content, block),
                "zero" => stream.Zero(offset, block),
                _ => stream.Delta(offset, delta, block),
            };
        }
        _stream = stream.Eos().Footer(1).End().ToArray();
        _destination = new(_machine);
    }

    [GlobalCleanup]
    public void Cleanup() => _destination!.Dispose();

    /// <summary>Loads the stream into memory that was written before.</summary>
    [Benchmark(OperationsPerInvoke = Pages)]
    public MigrationStatus Load()
    {
        IncomingMigration migration = new(
            _destination!.Environment, _machine!, _destination.Memory, new(true, _destination.Environment.Trace), new(), new());
        migration.TryBegin();
        migration.AttachAsync(new ArrayChannel(_stream, Delivery.Lent)).GetAwaiter().GetResult();
        _destination.Environment.Forget();
        return migration.State.Status;
    }
}

/// <summary>XBZRLE by itself.</summary>
[ShortRunJob]
public class XbzrleCodec
{
    private readonly byte[] _before = new byte[4096];
    private readonly byte[] _after = new byte[4096];
    private readonly byte[] _delta = new byte[4096];
    private int _length;

    /// <summary>Bytes changed, in runs of 8 spread over the page.</summary>
    [Params(8, 128, 1024)]
    public int ChangedBytes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        for (int i = 0; i < ChangedBytes; i++)
            _after[i / 8 * (4096 * 8 / ChangedBytes) + i % 8] = 1;
        _length = Xbzrle.Encode(_before, _after, _delta);
    }

    [Benchmark]
    public int Encode() => Xbzrle.Encode(_before, _after, _delta);

    [Benchmark]
    public bool Decode() => Xbzrle.TryDecode(_delta.AsSpan(0, _length), _before);
}
