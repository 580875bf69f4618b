using System.Reflection;
using System.Text;
using Fuzzing.Engine;
using Fuzzing.Engine.Corpus;
using Fuzzing.Engine.Execution;
using Fuzzing.Instrumentation;
using Fuzzing.Targets;
using Simulation.PlantedBugs;
using Simulation.PlantedBugs.Catalogue;
using Simulation.PlantedBugs.Compiling;

namespace Fuzzing.Tests;

/// <summary>The fuzzer is tested too: bugs are planted in the destination, and each must be found within a number of runs.</summary>
public sealed class PlantedBugTests
{
    private const string Commands = "src/Qemu.Migration.Destination/Loading/CommandLoader.cs";
    private const string Stream = "src/Qemu.Migration.Destination/Loading/VMStateLoader.cs";
    private const string Faults = "src/Qemu.Migration.Destination/Postcopy/PageFaults.cs";
    private const string Files = "src/Qemu.Migration.Destination/MappedRam/MappedRamLoader.cs";
    private const string SectionHeaders = "src/Qemu.Migration.Wire/SectionHeader.cs";
    private const string Subsections = "src/Qemu.Migration.Wire/SubsectionHeader.cs";
    private const string Messages = "src/Qemu.Migration.Wire/ReturnPathMessage.cs";
    private const string Session = "src/Qemu.Migration.Destination/Qapi/QmpSession.cs";
    private const string Monitor = "src/Qemu.Migration.Destination/Qapi/QmpString.cs";
    private const string Description = "src/Qemu.Migration.Destination/Machine/VmDescription.cs";
    private const string Sessions = "src/Qemu.Migration.Destination/Qapi/QmpSession.cs";
    private const string Dumper = "src/Qemu.Migration.Incoming.Parsing/Streams/StreamDumper.cs";
    private const string Describer = "src/Qemu.Migration.Incoming.Parsing/Streams/StreamDescriber.cs";
    private const string Merger = "src/Qemu.Migration.Incoming.Parsing/Streams/ProfileMerger.cs";
    private const string Addresses = "src/Qemu.Migration.Incoming.Parsing/Transports/TcpAddress.cs";
    private const string DeviceSection = "src/Qemu.Migration.Destination/Machine/DeviceSection.cs";

    // A search depends on chance: a new line anywhere moves the run in which a bug is found. So more than one seed may find it.
    private const ulong Seeds = 4;
    private static readonly DestinationCompiler Compiler = new();

    // What is instrumented and compiled once serves all targets.
    private static readonly Lazy<InstrumentedContext> Intact = new(() => World(Compiler.Compile(null)));

    private static readonly PlantedBug[] OwnBugs =
    [
        Own("behind-a-magic", Commands, "await ReturnPath.PongAsync(value);",
            "Diagnostics.Invariant.Holds(value != 0x4d414749, \"a word of four bytes\");\n        await ReturnPath.PongAsync(value);"),
        Own("pong-of-another-ping", Commands, "await ReturnPath.PongAsync(value);", "await ReturnPath.PongAsync(value & 0xffff);"),
        Own("behind-a-length-that-must-match", Stream, "long length = header.LengthBytes;",
            "long length = header.LengthBytes;\n        Diagnostics.Invariant.Holds(length != 3 * _reader.OffsetBytes + 7, \"a length that depends on the place\");"),
        Own("page-that-comes-again-is-placed-again", Faults, "while (i + run < count && !block.Received[first + i + run])",
            "while (i + run < count)"),
        Own("bitmap-inside-the-header", Files, "reader.Seek(next);",
            "Diagnostics.Invariant.Holds(header.BitmapOffset >= 64, \"a bitmap lies behind its header\");\n        reader.Seek(next);"),
        Own("header-read-before-it-is-whole", SectionHeaders, "if (source.Length < instanceOffset + 8)", "if (source.Length < instanceOffset + 7)"),
        Own("subsection-read-before-it-is-whole", Subsections, "if (source.Length < versionOffset + sizeof(uint))",
            "if (source.Length < versionOffset + 3)"),
        Own("text-of-the-peer-not-escaped", "src/Qemu.Migration.Wire/StreamError.cs", "PeerText.Escape(_cause.ToString(CultureInfo.InvariantCulture))",
            "_cause.ToString(CultureInfo.InvariantCulture)"),
        Own("message-read-before-it-is-whole", Messages, "if (source.Length < HeaderBytes + length)", "if (source.Length < HeaderBytes)"),
        Own("text-of-a-monitor-not-checked", Monitor, "if (!IsCharacter(value))", "if (value < 0)"),
        Own("descriptor-of-a-monitor-closed-twice", Session, "_descriptors.RemoveAt(0);", ""),
        Own("description-without-a-member", Description, "error is JsonException or KeyNotFoundException or", "error is JsonException or"),
        Own("event-before-the-negotiation", Sessions, "if (_negotiated)\n            _send(line);", "_send(line);"),
        Own("part-of-a-section-that-was-not-begun", Dumper, "if (!_sections.TryGetValue(header.Id, out string? name))\n            throw _cursor.Bad($\"section id {header.Id}, which no section has been given\", offset);",
            "string name = _sections[header.Id];"),
        Own("page-bits-without-bound", Describer, "(int)Math.Min(_cursor.Take<uint>(ConfigurationBody.TryReadPageBits, \"the target page bits\"), 30)",
            "(int)_cursor.Take<uint>(ConfigurationBody.TryReadPageBits, \"the target page bits\")"),
        Own("address-of-the-last-profile", Merger, "first.GuestAddress == 0 ? first with { GuestAddress = second.GuestAddress } : first",
            "first with { GuestAddress = second.GuestAddress }"),
        Own("port-below-the-first", Addresses, "if (HighestPort < Port)", "if (HighestPort < 0)"),
        Own("profile-with-a-null-field", DeviceSection, "MachineProfile.RequireItems(Fields, $\"'{Name}': the fields\");", ""),
    ];

    [Theory]
    [InlineData("behind-a-magic", "main-stream", 400_000, "InvariantException: invariant violated: a word")]
    [InlineData("behind-a-length-that-must-match", "main-stream", 400_000, "InvariantException: invariant violated: a length")]
    [InlineData("subsection-read-before-it-is-whole", "main-stream-pc", 100_000, "ArgumentOutOfRangeException")]
    [InlineData("text-of-the-peer-not-escaped", "error-text", 100_000, "a message has no character that a terminal acts on")]
    [InlineData("every-page-is-a-first-one", "ram-section", 100_000, "each page that arrived is marked once")]
    [InlineData("sync-not-woken-by-failure", "multifd", 100_000, "hang")]
    [InlineData("page-that-comes-again-is-placed-again", "postcopy", 100_000, "a page is placed once")]
    [InlineData("bitmap-inside-the-header", "mapped-ram", 100_000, "InvariantException: invariant violated: a bitmap")]
    [InlineData("header-read-before-it-is-whole", "wire", 100_000, "ArgumentOutOfRangeException")]
    [InlineData("message-read-before-it-is-whole", "return-path", 100_000, "ArgumentOutOfRangeException")]
    [InlineData("text-of-a-monitor-not-checked", "qmp", 100_000, "ArgumentOutOfRangeException")]
    [InlineData("descriptor-of-a-monitor-closed-twice", "qmp", 100_000, "a descriptor is closed once")]
    [InlineData("description-without-a-member", "vm-description", 100_000, "KeyNotFoundException")]
    [InlineData("profile-with-a-null-field", "machine-profile", 100_000, "NullReferenceException")]
    [InlineData("event-before-the-negotiation", "monitor", 20_000, "an event comes after the negotiation")]
    [InlineData("part-of-a-section-that-was-not-begun", "dump", 20_000, "KeyNotFoundException")]
    [InlineData("page-bits-without-bound", "describe", 50_000, "OverflowException")]
    [InlineData("address-of-the-last-profile", "profile-merge", 50_000, "a profile knows what it was made of")]
    [InlineData("port-below-the-first", "command-line", 100_000, "an address is within its range")]
    [InlineData("no-total-time-after-failure", "recipe", 2_000, "TimesEqualVirtualTimes")]
    [InlineData("xbzrle-zero-run-of-zero-accepted", "xbzrle-decode", 200_000, "a delta is accepted when it should be")]
    [InlineData("xbzrle-middle-of-short-run-lost", "xbzrle-round-trip", 200_000, "the decoder reads the delta")]
    [InlineData("zero-fill-not-checked", "differential", 100_000, "the verdict is the oracle's, Failed NonZero")]
    [InlineData("pong-of-another-ping", "differential", 100_000, "the source hears what the oracle says")]
    [InlineData("unknown-run-state-runs", "differential", 100_000, "the (verdict|error) is the oracle's, .*Unknown")]
    [InlineData("multifd-last-page-of-packet-lost", "differential", 100_000, "the error is the oracle's, MultifdDecompression")]
    [InlineData("multifd-header-shared-by-channels", "differential", 200_000, "memory is the oracle's")]
    public void Planted_bug_is_found_within_a_number_of_runs(string bug, string target, long runs, string violated)
    {
        PlantedBug planted = OwnBugs.FirstOrDefault(own => own.Id == bug) ?? BugCatalogue.Find(bug)!;
        InstrumentedContext world = World(Compiler.Compile(planted));
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            if (Fuzz(world, target, runs, seed) is { Length: > 0 } found)
            {
                Assert.Matches("^" + violated, found);
                return;
            }
        }
        Assert.Fail($"{bug} was not found by {target} in {runs} runs of each of {Seeds} seeds");
    }

    [Fact]
    public void Every_target_has_a_planted_bug_to_find() => Assert.Empty(TargetCatalogue.Names.Except(
        typeof(PlantedBugTests).GetMethod(nameof(Planted_bug_is_found_within_a_number_of_runs))!.GetCustomAttributesData()
            .Where(attribute => attribute.AttributeType == typeof(InlineDataAttribute))
            .Select(attribute => (string)((IReadOnlyList<CustomAttributeTypedArgument>)attribute.ConstructorArguments[0].Value!)[1].Value!)));

    public static TheoryData<string> Targets => [.. TargetCatalogue.Names];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Destination_without_a_bug_has_none(string target) =>
        Assert.Equal("", Fuzz(Intact.Value, target, target == "recipe" ? 500 : 20_000, seed: 1));

    [Fact]
    public void Finding_of_a_monitor_does_not_spoil_the_next_run()
    {
        const string addDescriptor = """{"execute":"qmp_capabilities"}{"execute":"add-fd"}""";
        InstrumentedContext world = World(Compiler.Compile(OwnBugs.Single(bug => bug.Id == "descriptor-of-a-monitor-closed-twice")));
        string[] findings = (string[])Invoke(world, nameof(Inside.RunEach), "qmp", (string[])[addDescriptor, "{}", addDescriptor]);
        Assert.StartsWith("a descriptor is closed once", findings[0]);
        Assert.Equal(["", findings[0]], findings[1..]);
    }

    private static PlantedBug Own(string id, string file, string snippet, string replacement) =>
        new() { Id = id, Title = id, Source = "slip", File = file, Snippet = snippet, Replacement = replacement };

    private static InstrumentedContext World(DestinationImage image) => new(AppContext.BaseDirectory, FuzzedAssemblies.Names, image.Assemblies);

    private static string Fuzz(InstrumentedContext world, string target, long runs, ulong seed) =>
        (string)Invoke(world, nameof(Inside.Fuzz), target, Corpus.Seeds(target), runs, seed);

    // Calls a method of Inside in the world with the bug.
    private static object Invoke(InstrumentedContext world, string method, params object[] arguments)
    {
        MethodInfo inside = world.LoadFromAssemblyName(typeof(Inside).Assembly.GetName())
            .GetType(typeof(Inside).FullName!)!.GetMethod(method)!;
        return inside.Invoke(null, arguments)!;
    }

    /// <summary>What runs in the world with the bug; only strings and numbers go in and out.</summary>
    internal static class Inside
    {
        /// <summary>Runs a target on one input after the other, and returns what was found in each run.</summary>
        public static string[] RunEach(string target, string[] inputs)
        {
            using InputBuffer buffer = new(1 << 17);
            Executor executor = new(TargetCatalogue.Create(target)!, buffer);
            return [.. inputs.Select(input => executor.Run(Encoding.UTF8.GetBytes(input))?.Summary ?? "")];
        }

        public static string Fuzz(string target, string seeds, long runs, ulong seed)
        {
            string folder = Directory.CreateTempSubdirectory("planted").FullName;
            try
            {
                using CancellationTokenSource stop = new();
                using InputBuffer buffer = new(1 << 17);
                string found = "";
                FuzzTarget made = TargetCatalogue.Create(target)!;
                FuzzLoop loop = new(
                    made, buffer, FuzzedAssemblies.Regions(made), new CorpusFolder(folder), seed,
                    (finding, _) =>
                    {
                        found = finding.Summary;
                        stop.Cancel();
                    });
                loop.Load([new CorpusFolder(seeds)]);
                loop.Run(new FuzzLimits(runs, null), stop.Token);
                return found;
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }
}
