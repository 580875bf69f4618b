using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simulation.Conformance;

/// <summary>QMP with a destination: commands are sent without waiting, their replies come in order.</summary>
/// <param name="commands">Where commands go.</param>
/// <param name="replies">Where replies and events come from.</param>
internal sealed class DestinationMonitor(Stream commands, Stream replies)
{
    private readonly Queue<TaskCompletionSource<JsonNode>> _asked = new();
    private readonly TaskCompletionSource<string> _migrationEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _events = [];
    private bool _isClosed;

    /// <summary>Completes with the status of the event that says that the migration has completed or failed; is cancelled when QEMU
    /// closes its monitor before that.</summary>
    public Task<string> MigrationEnded => _migrationEnded.Task;

    /// <summary>How often postcopy has been paused.</summary>
    public int Pauses { get; private set; }

    /// <summary>Whether it has been closed from the other side.</summary>
    public bool IsClosed
    {
        get
        {
            lock (_asked)
                return _isClosed;
        }
    }

    /// <summary>The events so far: the status of MIGRATION, the name of any other.</summary>
    public IReadOnlyList<string> Events
    {
        get
        {
            lock (_events)
                return [.. _events];
        }
    }

    /// <summary>Sends a command.</summary>
    /// <param name="command">Its name.</param>
    /// <param name="arguments">Its arguments, or null.</param>
    /// <returns>The reply's value; faulted with an <see cref="IOException"/> where QEMU closes its monitor, with an <see
    /// cref="InvalidOperationException"/> where it refuses.</returns>
    public Task<JsonNode> Ask(string command, JsonObject? arguments = null)
    {
        TaskCompletionSource<JsonNode> reply = new(TaskCreationOptions.RunContinuationsAsynchronously);
        JsonObject request = new() { ["execute"] = command };
        if (arguments is not null)
            request["arguments"] = arguments;
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(request, RefereeJson.Default.JsonObject), (byte)'\n'];
        lock (_asked)
        {
            // QEMU may die behind the event that ends the migration: nobody would answer.
            if (_isClosed)
                return Task.FromException<JsonNode>(Closed());
            _asked.Enqueue(reply);
        }

        try
        {
            commands.Write(line);
            commands.Flush();
        }
        catch (IOException)
        {
            // The reader finds the end too, and ends every question.
        }

        return reply.Task;
    }

    /// <summary>Reads replies and events until QEMU closes its monitor.</summary>
    public async Task ReadAsync()
    {
        using StreamReader reader = new(replies);
        try
        {
            while (await reader.ReadLineAsync() is { } line)
                Take(JsonNode.Parse(line)!);
        }
        catch (Exception end) when (end is JsonException or IOException)
        {
            // It died inside a line, or with a command unread.
        }

        _migrationEnded.TrySetCanceled();
        lock (_asked)
        {
            _isClosed = true;
            while (_asked.TryDequeue(out TaskCompletionSource<JsonNode>? asked))
                asked.SetException(Closed());
        }
    }

    private static IOException Closed() => new("it has closed its monitor");

    private void Take(JsonNode message)
    {
        if ((string?)message["event"] is { } happened)
        {
            string status = happened == "MIGRATION" ? (string?)message["data"]?["status"] ?? "" : "";
            lock (_events)
                _events.Add(happened == "MIGRATION" ? status : happened);
            if (status is "completed" or "failed")
                _migrationEnded.TrySetResult(status);
            Pauses += status == "postcopy-paused" ? 1 : 0;
            return;
        }

        if (message["QMP"] is not null)
            return;
        TaskCompletionSource<JsonNode> asked;
        lock (_asked)
            asked = _asked.Dequeue();
        if (message["error"] is { } error)
            asked.SetException(new InvalidOperationException($"it refuses: {error["desc"]}"));
        else
            asked.SetResult(message["return"]!);
    }
}
