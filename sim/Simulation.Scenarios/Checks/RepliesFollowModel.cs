using System.Text;
using System.Text.Json;
using Simulation.Scenarios.Observing;
using Simulation.Scenarios.Qmp;

namespace Simulation.Scenarios.Checks;

/// <summary>Each reply of every QMP session is the one that the commands before it and the state of that moment allow: result or error,
/// its class, its text, and what the result says (stream reference, sections 7.2 and 7.3).</summary>
public sealed class RepliesFollowModel : ICheck
{
    /// <inheritdoc/>
    public bool AppliesTo(RunObservation run) => run.Commands.Count > 0;

    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        QmpModel model = new(run);
        foreach (MonitorExchange exchange in run.Commands)
        {
            ExpectedReply expected = model.Take(exchange);
            if (exchange.Reply is { } reply && !Fits(expected, reply))
                return $"{exchange} was answered {Show(reply)} and not {Show(expected)}";
            if (exchange is { Command: MonitorCommand.QueryParameters, Succeeded: true } && FindWrong(model, exchange.Reply!) is { } wrong)
                return $"{exchange} was answered {wrong}";
        }

        return null;
    }

    private static bool Fits(ExpectedReply expected, MonitorLine reply)
    {
        if (expected.Class is not null)
        {
            return reply.Kind == MonitorLineKind.Error && reply.ErrorClass == expected.Class
                && (expected.Description is null || reply.Error == expected.Description);
        }

        return reply.Kind == MonitorLineKind.Return && (expected.Result is null || IsSame(expected.Result, reply.Content));
    }

    private static bool IsSame(string expected, ReadOnlyMemory<byte> said)
    {
        if (expected == "{}")
            return said.Span.SequenceEqual("{}"u8);
        using JsonDocument left = JsonDocument.Parse(expected);
        using JsonDocument right = JsonDocument.Parse(said);
        return JsonElement.DeepEquals(left.RootElement, right.RootElement);
    }

    private static string? FindWrong(QmpModel model, MonitorLine reply)
    {
        using JsonDocument said = JsonDocument.Parse(reply.Content);
        foreach ((string name, string value) in model.Parameters())
        {
            string? found = said.RootElement.TryGetProperty(name, out JsonElement member) ? member.GetRawText() : null;
            if (found != value)
                return $"'{name}' is {found ?? "absent"} and not {value}";
        }

        return null;
    }

    private static string Show(MonitorLine reply) =>
        reply.Kind == MonitorLineKind.Return ? Encoding.UTF8.GetString(reply.Content.Span) : reply.ToString();

    private static string Show(ExpectedReply expected) => expected.Class is null
        ? expected.Result ?? "a result" : $"{expected.Class}: {expected.Description ?? "some text"}";
}
