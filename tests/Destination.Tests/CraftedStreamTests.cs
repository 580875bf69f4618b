using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Wire;
using TestKit;

namespace Destination.Tests;

/// <summary>Each error of the reference is found where it is; each oddity a real destination accepts is accepted.</summary>
public sealed class CraftedStreamTests
{
    private static readonly string Corpus = Path.Combine(Capture.Root, "corpus", "malformed");

    public static TheoryData<CraftedStream> Malformed => [.. CraftedStreams.Malformed];

    public static TheoryData<CraftedStream> Accepted => [.. CraftedStreams.Accepted];

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task Malformed_stream_fails_with_its_code_and_never_starts_the_guest(CraftedStream crafted)
    {
        foreach (Delivery delivery in Deliveries(crafted))
        {
            using TestKit.Destination destination = Make(crafted);
            await destination.LoadAsync(new ArrayChannel(crafted.Stream, delivery, crafted.Stream.Length / 2));

            StreamError error = Assert.IsType<StreamError>(destination.Migration.State.Error);
            Assert.True(error.Code == crafted.Code, $"{delivery}: {error}");
            Assert.InRange(error.OffsetBytes, 0, crafted.Stream.Length);
            Assert.Equal(MigrationStatus.Failed, destination.Status);
            Assert.Equal(RunState.InMigrate, destination.Guest.State);
        }
    }

    [Theory]
    [MemberData(nameof(Accepted))]
    public async Task Odd_stream_that_a_real_destination_accepts_completes(CraftedStream crafted)
    {
        foreach (Delivery delivery in Deliveries(crafted))
        {
            using TestKit.Destination destination = Make(crafted);
            await destination.LoadAsync(new ArrayChannel(crafted.Stream, delivery, crafted.Stream.Length / 2));

            Assert.Null(destination.Migration.State.Error?.ToString());
            Assert.Equal(MigrationStatus.Completed, destination.Status);
        }
    }

    // A mapped-ram file must be seekable.
    private static Delivery[] Deliveries(CraftedStream crafted) =>
        crafted.Capabilities.Contains("mapped-ram", StringComparison.Ordinal) ? [Delivery.Lent, Delivery.Seekable] : [Delivery.Lent, Delivery.Whole, Delivery.Split, Delivery.ByteByByte];

    [Fact]
    public async Task Mapped_ram_on_a_channel_that_cannot_seek_fails_clearly()
    {
        CraftedStream crafted = CraftedStreams.Accepted.Single(c => c.Name == "mapped-ram-of-one-page");
        using TestKit.Destination destination = Make(crafted);
        await destination.LoadAsync(crafted.Stream, Delivery.Whole);

        Assert.Equal(StreamErrorCode.NotSeekable, destination.Migration.State.Error!.Code);
    }

    [Fact]
    public void Every_error_code_has_a_malformed_stream()
    {
        // No fault of the bytes alone: a channel that fails or cannot seek, a capability that is not served, a local UUID, a machine property.
        StreamErrorCode[] environment =
        [
            StreamErrorCode.None, StreamErrorCode.ChannelFailed, StreamErrorCode.CapabilityUnsupported, StreamErrorCode.UuidMismatch,
            StreamErrorCode.NotSeekable, StreamErrorCode.MultifdFlushMismatch,
            // They pause a guest that runs: PostcopyTests.
            StreamErrorCode.SectionWhileRunning, StreamErrorCode.PagesMissing, StreamErrorCode.PreemptChannelMissing,
            StreamErrorCode.MultifdPagesInPostcopy,
        ];
        Assert.Empty(Enum.GetValues<StreamErrorCode>().Except(environment)
            .Except(CraftedStreams.Malformed.Select(c => c.Code)).Except(MultifdTests.Malformed.Select(c => c.Code)));
    }

    /// <summary>The corpus is written from the table: set UPDATE_CORPUS=1 to write it anew.</summary>
    [Fact]
    public void Malformed_corpus_holds_exactly_the_crafted_streams()
    {
        List<CraftedStream> all = [.. CraftedStreams.Malformed, .. CraftedStreams.Accepted];
        if (Environment.GetEnvironmentVariable("UPDATE_CORPUS") == "1")
        {
            Directory.CreateDirectory(Corpus);
            foreach (string old in Directory.GetFiles(Corpus, "*.bin"))
                File.Delete(old);
            foreach (CraftedStream crafted in all)
                File.WriteAllBytes(Path.Combine(Corpus, crafted.FileName), crafted.Stream);
        }
        Dictionary<string, CraftedStream> files =
            Directory.GetFiles(Corpus, "*.bin").Select(CraftedStream.FromFile).ToDictionary(c => c.FileName);
        Assert.Equal(all.Select(c => c.FileName).Order(), files.Keys.Order());
        Assert.All(all, c => Assert.Equal(c.Stream, files[c.FileName].Stream));
    }

    [Fact]
    public async Task Uuid_of_another_guest_is_refused_and_its_own_accepted()
    {
        Guid own = Guid.Parse("01234567-89ab-cdef-0123-456789abcdef");
        byte[] stream = new StreamBuilder().Header().Configuration().Subsection("configuration/uuid")
            .Raw(own.ToByteArray(bigEndian: true)).End().ToArray();
        using TestKit.Destination same = new(CraftedStreams.Machine with { Uuid = own });
        using TestKit.Destination other = new(CraftedStreams.Machine with { Uuid = Guid.Empty });

        await same.LoadAsync(stream);
        await other.LoadAsync(stream);

        Assert.Equal(MigrationStatus.Completed, same.Status);
        Assert.Equal(StreamErrorCode.UuidMismatch, other.Migration.State.Error!.Code);
    }

    [Fact]
    public async Task Message_names_cause_section_block_and_offset()
    {
        CraftedStream crafted = CraftedStreams.Malformed.Single(c => c.Name == "page-at-end");
        using TestKit.Destination destination = Make(crafted);

        await destination.LoadAsync(crafted.Stream);

        Assert.Equal(
            "a record for the page at 0x100000, beyond the block's 0x100000 bytes in section 'ram', block 'ram', at offset 54 (0x36)",
            destination.Migration.State.Error!.Message);
    }

    private static TestKit.Destination Make(CraftedStream crafted)
    {
        MigrationCapabilities capabilities = new();
        foreach (string name in crafted.Capabilities.Split(',', StringSplitOptions.RemoveEmptyEntries))
            capabilities.Set(name, true);
        return new(CraftedStreams.Machine, capabilities);
    }
}
