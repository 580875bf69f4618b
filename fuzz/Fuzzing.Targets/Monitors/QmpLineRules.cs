using System.Text;
using System.Text.Json;
using Fuzzing.Engine;
using Qemu.Migration.Wire;

namespace Fuzzing.Targets.Monitors;

/// <summary>What holds of every line that a monitor's client receives.</summary>
internal static class QmpLineRules
{
    private static readonly string[] Kinds = ["return", "error", "QMP", "event"];

    /// <summary>Judges a line.</summary>
    /// <param name="line">The line, with what ends it.</param>
    /// <returns>What it is: <c>QMP</c>, <c>return</c>, <c>error</c> or <c>event</c>.</returns>
    /// <exception cref="FindingException">It is none of these, no line, or no JSON.</exception>
    public static string Judge(ReadOnlySpan<byte> line)
    {
        FindingException.Unless(
            line.EndsWith("\r\n"u8) && line[..^2].IndexOfAny((byte)'\r', (byte)'\n') < 0, "a reply is one line", $"{line.Length} bytes");
        Utf8JsonReader reader = new(line, new JsonReaderOptions { MaxDepth = 1 + Limits.QmpNesting });
        string? kind = null;
        while (reader.Read())
        {
            if (kind is not null || reader is not { TokenType: JsonTokenType.PropertyName, CurrentDepth: 1 })
                continue;
            foreach (string known in Kinds)
            {
                if (reader.ValueTextEquals(known))
                    kind = known;
            }
        }
        FindingException.Unless(kind is not null, "a reply is a greeting, return, error or event", $"{Encoding.UTF8.GetString(line)}");
        return kind!;
    }
}
