using static Simulation.PlantedBugs.Catalogue.BugCatalogue;

namespace Simulation.PlantedBugs.Catalogue;

/// <summary>Bugs in <c>QemuFileReader</c>: what stands between a channel and its records.</summary>
internal static class ReaderBugs
{
    private const string Reader = "src/Qemu.Migration.Destination/QemuFileReader.cs";

    public static PlantedBug[] All { get; } =
    [
        Bug(Reader, "missing-bytes-read-as-zero", "9.2 #50", "bytes that a cut channel did not bring count as zeros",
            """
            if (read == 0)
                        {
                            AtEnd = true;
                            return false;
                        }
                        _end += read;
            """,
            """
            if (read == 0)
                        {
                            AtEnd = true;
                            _buffer.AsSpan(_end, count - (_end - _start)).Clear();
                            _end = _start + count;
                            return true;
                        }
                        _end += read;
            """),
        Bug(Reader, "short-read-taken-for-whole", "slip", "one read is taken to bring all that was asked for",
            "while (_end - _start < count)", "if (_end - _start < count)"),
        Bug(Reader, "rest-not-moved-to-the-front", "slip", "what is left of the buffer stays behind when it is filled again",
            "_buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);", ""),
        Bug(Reader, "reset-not-caught", "slip", "a connection that is reset throws at the host",
            """
            read = await ReadFromChannel(_offset - _channel.OriginBytes + (_end - _start), room);
                        }
                        catch (IOException error)
            """,
            """
            read = await ReadFromChannel(_offset - _channel.OriginBytes + (_end - _start), room);
                        }
                        catch (InvalidDataException error)
            """),
        Bug(Reader, "skip-one-too-few", "slip", "skipping stops a byte early when the skipped part does not lie in the buffer",
            "count -= step;", "count -= step + (count > step ? 1 : 0);"),
    ];
}
