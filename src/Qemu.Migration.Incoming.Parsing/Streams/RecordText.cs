using System.Globalization;
using System.Text;
using System.Text.Json;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Incoming.Streams;

/// <summary>A record as <c>incoming dump</c> prints it.</summary>
internal static class RecordText
{
    /// <summary>A line for people.</summary>
    /// <param name="record">The record.</param>
    /// <returns>The line, without what ends it. What the peer chose in it is escaped.</returns>
    public static string Line(in StreamRecord record)
    {
        string page = record.Page is { } offset ? string.Create(CultureInfo.InvariantCulture, $"0x{offset:x}") : "-";
        string section = record.Section.Length > 0 ? PeerText.Escape(record.Section) : "-";
        string block = record.Block.Length > 0 ? PeerText.Escape(record.Block) : "-";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"0x{record.Offset:x10}  {section,-16} {record.Kind,-14} {block,-12} {page,-12} {PeerText.Escape(record.Extra)}").TrimEnd();
    }

    /// <summary>A line for programs.</summary>
    /// <param name="record">The record.</param>
    /// <returns>A JSON object, without what ends the line.</returns>
    public static string Json(in StreamRecord record)
    {
        using MemoryStream line = new();
        using (Utf8JsonWriter writer = new(line))
        {
            writer.WriteStartObject();
            writer.WriteNumber("offset", record.Offset);
            writer.WriteString("section", record.Section);
            writer.WriteString("kind", record.Kind);
            if (record.Block.Length > 0)
                writer.WriteString("block", record.Block);
            if (record.Page is { } page)
                writer.WriteNumber("page", page);
            if (record.Extra.Length > 0)
                writer.WriteString("extra", record.Extra);
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(line.GetBuffer(), 0, (int)line.Length);
    }
}
