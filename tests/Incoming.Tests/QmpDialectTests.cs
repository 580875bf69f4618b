using System.Text;
using System.Text.Json.Nodes;
using Processes;

namespace Incoming.Tests;

/// <summary>
/// Odd input beside what QEMU 10.0.2 replied to it (<c>Answers/dialect-10.0.2.jsonl</c>: input as Latin-1, and the
/// replies to it and to a byte 0xff behind it): commands
/// over several lines, apostrophes, stray bytes, brackets that do not match, broken strings and numbers, and random pieces of all
/// of these. <c>Interop.Tests</c> asks a real QEMU again.
/// </summary>
public sealed class QmpDialectTests : QmpSessionFixture
{
    [Fact]
    public void Every_input_gets_the_replies_of_a_real_qemu()
    {
        foreach (string line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Answers", "dialect-10.0.2.jsonl")))
        {
            JsonNode recorded = JsonNode.Parse(line)!;
            byte[] input = Encoding.Latin1.GetBytes((string)recorded["input"]!);
            QmpHost host = new(_destination);
            host.Session.Feed("{'execute':'qmp_capabilities'}"u8);
            host.Lines.Clear();

            host.Session.Feed([.. input, 0xff]);

            Assert.Equal(recorded["replies"]!.AsArray().Select(r => QmpReplyText.Of(r!)), host.Lines.Select(l => QmpReplyText.Of(JsonNode.Parse(l)!)));
        }
    }
}
