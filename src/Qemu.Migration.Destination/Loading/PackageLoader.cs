using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Multifd;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Destination.Loading;

/// <summary>
/// loadvm_handle_cmd_packaged: what the guest needs to start, as one piece (stream reference, sections 6.1 and 6.3):
/// <code>
/// COMMAND PACKAGED, u32 length     LISTEN  { section FULL | PING }*  RUN
/// </code>
/// It is read as it arrives: what it claims of its length is allocated nowhere. The guest starts when all of it has come: a source that
/// goes before then keeps its guest.
/// </summary>
internal sealed class PackageLoader(QemuFileReader reader, MigrationChannel channel, LoadSession session, MultifdSession? multifd)
{
    /// <summary>Loads a package; the window begins with its first byte.</summary>
    /// <param name="lengthBytes">Its length.</param>
    /// <returns>The error; null when the guest has been started.</returns>
    public async ValueTask<StreamError?> LoadAsync(uint lengthBytes)
    {
        PackageChannel package = new(channel.Name, reader, lengthBytes);
        using QemuFileReader inner = new(package);
        session.Postcopy.BeforeRun = () => AwaitRestAsync(package);
        SectionLoop sections = new(
            inner, channel, session, SectionScope.Package, multifd, isWholePackage: () => package.MissingBytes == 0 && inner.Window.IsEmpty);
        return await sections.LoadAsync();
    }

    // Bytes behind RUN are ignored, but they belong to the package and must be read.
    private async ValueTask<StreamError?> AwaitRestAsync(PackageChannel package) => await reader.SkipAsync(package.MissingBytes)
        ? null
        : Errors.Truncated(reader, $"a package, behind POSTCOPY_RUN");

    /// <summary>A package's bytes as a stream of their own, with the offsets that they have in the main stream.</summary>
    private sealed class PackageChannel(string name, QemuFileReader outer, long lengthBytes) : MigrationChannel
    {
        public override string Name => name;

        public override long OriginBytes { get; } = outer.OffsetBytes;

        /// <summary>Bytes that have not been taken from the main stream.</summary>
        public long MissingBytes { get; private set; } = lengthBytes;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer)
        {
            if (MissingBytes == 0 || (outer.Window.IsEmpty && !await outer.FillAsync(1)))
                return outer.Failure is { } failure ? throw new IOException(failure) : 0;
            int count = (int)Math.Min(MissingBytes, Math.Min(buffer.Length, outer.Window.Length));
            outer.Window[..count].CopyTo(buffer.Span);
            outer.Advance(count);
            MissingBytes -= count;
            return count;
        }

        // Replies go out on the main channel.
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes) => throw new NotSupportedException("a package is only read");

        public override void Shutdown()
        {
        }
    }
}
