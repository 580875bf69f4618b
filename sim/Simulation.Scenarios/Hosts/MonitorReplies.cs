using System.Text;
using System.Text.Json;
using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Hosts;

/// <summary>Reads what a QMP server says, as a client that knows the schema and nothing of the server.</summary>
internal static class MonitorReplies
{
    /// <summary>Reads a line.</summary>
    /// <param name="line">One JSON object.</param>
    /// <param name="arrived">Virtual time.</param>
    /// <param name="query">Filled from the result where the line is the reply to <c>query-migrate</c>; null where it cannot be.</param>
    /// <returns>What it says.</returns>
    /// <exception cref="JsonException">It is no such object.</exception>
    public static MonitorLine Read(ReadOnlyMemory<byte> line, long arrived, QueryReply? query)
    {
        Utf8JsonReader json = new(line.Span);
        MonitorLineKind? kind = null;
        string id = "";
        string? name = null, status = null, errorClass = null, error = null;
        long stamp = 0;
        ReadOnlyMemory<byte> content = default;
        Require(json.Read() && json.TokenType == JsonTokenType.StartObject);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            int valueStart = (int)json.BytesConsumed;
            if (json.ValueTextEquals("return"u8))
            {
                kind = MonitorLineKind.Return;
                status = ReadResult(ref json, query);
                content = line[valueStart..(int)json.BytesConsumed];
            }
            else if (json.ValueTextEquals("error"u8))
            {
                kind = MonitorLineKind.Error;
                (errorClass, error) = ReadError(ref json);
            }
            else if (json.ValueTextEquals("event"u8))
            {
                kind = MonitorLineKind.Event;
                name = ReadText(ref json);
            }
            else if (json.ValueTextEquals("data"u8))
            {
                status = ReadMember(ref json, "status"u8);
                content = line[valueStart..(int)json.BytesConsumed];
            }
            else if (json.ValueTextEquals("id"u8))
            {
                SkipValue(ref json);
                id = Encoding.UTF8.GetString(line.Span[valueStart..(int)json.BytesConsumed]);
            }
            else if (json.ValueTextEquals("timestamp"u8))
            {
                stamp = ReadStamp(ref json);
            }
            else
            {
                kind ??= json.ValueTextEquals("QMP"u8) ? MonitorLineKind.Greeting : kind;
                SkipValue(ref json);
            }
        }

        Require(json.TokenType == JsonTokenType.EndObject && kind is not null);
        return new()
        {
            Kind = kind!.Value,
            ArrivedNanoseconds = arrived,
            Id = id,
            Event = name,
            Status = status,
            ErrorClass = errorClass,
            Error = error,
            Content = content,
            StampMicroseconds = stamp,
        };
    }

    private static (string? Class, string? Description) ReadError(ref Utf8JsonReader json)
    {
        string? errorClass = null, description = null;
        Require(json.Read() && json.TokenType == JsonTokenType.StartObject);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            bool isClass = json.ValueTextEquals("class"u8);
            Require(isClass || json.ValueTextEquals("desc"u8));
            string? text = ReadText(ref json);
            (errorClass, description) = isClass ? (text, description) : (errorClass, text);
        }

        return (errorClass, description);
    }

    private static long ReadStamp(ref Utf8JsonReader json)
    {
        long microseconds = 0;
        Require(json.Read() && json.TokenType == JsonTokenType.StartObject);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            long unit = json.ValueTextEquals("seconds"u8) ? 1_000_000 : 1;
            microseconds += unit * ReadNumber(ref json);
        }

        return microseconds;
    }

    // The status of whatever was asked for, and the rest where it is a migration's.
    private static string? ReadResult(ref Utf8JsonReader json, QueryReply? query)
    {
        string? status = null;
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject)
        {
            json.Skip();
            return null;
        }

        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("status"u8))
                status = ReadText(ref json);
            else if (query is null)
                SkipValue(ref json);
            else if (json.ValueTextEquals("total-time"u8))
                query.TotalTime = ReadNumber(ref json);
            else if (json.ValueTextEquals("setup-time"u8))
                query.SetupTime = ReadNumber(ref json);
            else if (json.ValueTextEquals("recoveries"u8))
                query.Recoveries = ReadNumber(ref json);
            else if (json.ValueTextEquals("paused-time"u8))
                query.PausedTime = ReadNumber(ref json);
            else if (json.ValueTextEquals("error-desc"u8))
                query.ErrorDescription = ReadText(ref json);
            else if (json.ValueTextEquals("ram"u8))
                query.Ram = ReadRam(ref json);
            else if (!TryReadBlockTime(ref json, query))
            {
                query.HasAddress |= json.ValueTextEquals("socket-address"u8);
                SkipValue(ref json);
            }
        }

        if (query is not null)
            query.Status = status;
        return status;
    }

    private static bool TryReadBlockTime(ref Utf8JsonReader json, QueryReply query)
    {
        BlockTimeReply figures = query.BlockTime ?? new();
        if (json.ValueTextEquals("postcopy-blocktime"u8))
            figures.All = ReadNumber(ref json);
        else if (json.ValueTextEquals("postcopy-vcpu-blocktime"u8))
            figures.Vcpus = ReadNumbers(ref json);
        else if (json.ValueTextEquals("postcopy-latency"u8))
            figures.Latency = ReadNumber(ref json);
        else if (json.ValueTextEquals("postcopy-latency-dist"u8))
            figures.Distribution = ReadNumbers(ref json);
        else if (json.ValueTextEquals("postcopy-vcpu-latency"u8))
            figures.VcpuLatencies = ReadNumbers(ref json);
        else if (json.ValueTextEquals("postcopy-non-vcpu-latency"u8))
            figures.OtherLatency = ReadNumber(ref json);
        else
            return false;
        query.BlockTime = figures;
        return true;
    }

    private static RamFigures ReadRam(ref Utf8JsonReader json)
    {
        RamFigures ram = new();
        Require(json.Read() && json.TokenType == JsonTokenType.StartObject);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("transferred"u8))
                ram.Transferred = ReadNumber(ref json);
            else if (json.ValueTextEquals("remaining"u8))
                ram.Remaining = ReadNumber(ref json);
            else if (json.ValueTextEquals("total"u8))
                ram.Total = ReadNumber(ref json);
            else if (json.ValueTextEquals("duplicate"u8))
                ram.Duplicate = ReadNumber(ref json);
            else if (json.ValueTextEquals("normal"u8))
                ram.Normal = ReadNumber(ref json);
            else if (json.ValueTextEquals("normal-bytes"u8))
                ram.NormalBytes = ReadNumber(ref json);
            else if (json.ValueTextEquals("page-size"u8))
                ram.PageSize = ReadNumber(ref json);
            else if (json.ValueTextEquals("multifd-bytes"u8))
                ram.MultifdBytes = ReadNumber(ref json);
            else if (json.ValueTextEquals("precopy-bytes"u8))
                ram.PrecopyBytes = ReadNumber(ref json);
            else if (json.ValueTextEquals("downtime-bytes"u8))
                ram.DowntimeBytes = ReadNumber(ref json);
            else if (json.ValueTextEquals("postcopy-bytes"u8))
                ram.PostcopyBytes = ReadNumber(ref json);
            else if (json.ValueTextEquals("postcopy-requests"u8))
                ram.PostcopyRequests = ReadNumber(ref json);
            else if (json.ValueTextEquals("xbzrle-pages"u8))
                ram.XbzrlePages = ReadNumber(ref json);
            else if (json.ValueTextEquals("xbzrle-bytes"u8))
                ram.XbzrleBytes = ReadNumber(ref json);
            else if (json.ValueTextEquals("mbps"u8))
                ram.Mbps = ReadReal(ref json);
            else if (json.ValueTextEquals("pages-per-second"u8))
                ram.PagesPerSecond = ReadNumber(ref json);
            else if (json.ValueTextEquals("postcopy-pages"u8))
                ram.PostcopyPages = ReadNumber(ref json);
            else if (json.ValueTextEquals("urgent-pages"u8))
                ram.UrgentPages = ReadNumber(ref json);
            else if (json.ValueTextEquals("dropped-pages"u8))
                ram.DroppedPages = ReadNumber(ref json);
            else if (json.ValueTextEquals("discarded-pages"u8))
                ram.DiscardedPages = ReadNumber(ref json);
            else
                ram.Others += ReadNumber(ref json);
        }

        return ram;
    }

    private static string? ReadMember(ref Utf8JsonReader json, ReadOnlySpan<byte> member)
    {
        string? text = null;
        Require(json.Read() && json.TokenType == JsonTokenType.StartObject);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals(member))
                text = ReadText(ref json);
            else
                SkipValue(ref json);
        }

        return text;
    }

    private static string? ReadText(ref Utf8JsonReader json)
    {
        json.Read();
        return json.GetString();
    }

    private static long ReadNumber(ref Utf8JsonReader json)
    {
        json.Read();
        return json.GetInt64();
    }

    private static string ReadNumbers(ref Utf8JsonReader json)
    {
        List<long> numbers = [];
        Require(json.Read() && json.TokenType == JsonTokenType.StartArray);
        while (json.Read() && json.TokenType == JsonTokenType.Number)
            numbers.Add(json.GetInt64());
        return string.Join(',', numbers);
    }

    private static double ReadReal(ref Utf8JsonReader json)
    {
        json.Read();
        return json.GetDouble();
    }

    private static void SkipValue(ref Utf8JsonReader json)
    {
        json.Read();
        json.Skip();
    }

    private static void Require(bool holds)
    {
        if (!holds)
            throw new JsonException("a QMP server said what no QMP server says");
    }
}
