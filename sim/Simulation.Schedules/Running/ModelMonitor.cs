using System.Text;
using System.Text.Json;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Destination.Qapi;
using Simulation.Schedules.Models;

namespace Simulation.Schedules.Running;

/// <summary>
/// A QMP client and the host that it talks to. It sends its commands one after the other, and judges what it is told: replies agree with
/// the commands that were answered before, and events come in the order of the states.
/// </summary>
internal sealed class ModelMonitor : IncomingHost
{
    private readonly ScheduleModel _model;
    private readonly ModelEnvironment _environment;
    private readonly QmpSession _session;
    private string _sent = "";

    // What the monitor was told last, and what it had been told when it sent its command: an event may overtake a reply, which is of some
    // moment in between.
    private MigrationStatus _status;
    private MigrationStatus _statusWhenSent;

    // What the last answered command asks for: without any, the guest starts when it arrives.
    private bool _mayRun = true;

    // What the events say.
    private bool _isRunning;

    /// <summary>Makes a client that has finished its negotiation.</summary>
    /// <param name="model">The model.</param>
    /// <param name="environment">The environment; its witness passes on what happens.</param>
    public ModelMonitor(ScheduleModel model, ModelEnvironment environment)
    {
        _model = model;
        _environment = environment;
        Capabilities = model.Capabilities.Copy();
        Capabilities.Set("events", true);
        VirtualMachine = new(true, environment.Witness);
        QmpEvents events = new(environment.TimeProvider, Capabilities);
        _session = new(this, Receive);
        Send("qmp_capabilities");
        events.Attach(_session);
        environment.Witness.Events = events;
    }

    /// <summary>The migration that the monitor asks about.</summary>
    public IncomingMigration? Served { get; set; }

    /// <inheritdoc/>
    public override IncomingMigration? Migration => Served;

    /// <inheritdoc/>
    public override IReadOnlyList<SocketAddress> ListeningAddresses => [];

    /// <inheritdoc/>
    public override MigrationCapabilities Capabilities { get; }

    /// <inheritdoc/>
    public override MigrationParameters Parameters => _model.Parameters;

    /// <inheritdoc/>
    public override MachineProfile Machine => _model.Machine;

    /// <inheritdoc/>
    public override VirtualMachine VirtualMachine { get; }

    /// <summary>Sends the model's commands, a point before each.</summary>
    /// <returns>Completes when the last one is answered.</returns>
    public async Task RunAsync()
    {
        foreach (string command in _model.Commands)
        {
            await _environment.Point("monitor.command");
            Send(command);
        }
    }

    /// <summary>Judges the end of a migration that has completed.</summary>
    public void JudgeEnd()
    {
        RunState expected = _mayRun ? RunState.Running : RunState.Paused;
        if (VirtualMachine.State != expected)
            Report("AnsweredCommandHolds", $"the guest is {VirtualMachine.State} at the end, and the last command asks for {expected}");
        if (_isRunning != _mayRun)
            Report("EventsInOrder", $"the last event says that the guest {(_isRunning ? "runs" : "stands")}, and it is {VirtualMachine.State}");
    }

    /// <inheritdoc/>
    public override string? StartIncoming(string uri, bool exitOnError) => throw new NotSupportedException("a model begins by itself");

    /// <inheritdoc/>
    public override string? StartIncomingFrom(JsonElement address, bool exitOnError) => StartIncoming("", exitOnError);

    /// <inheritdoc/>
    public override void Quit() => throw new NotSupportedException("no model quits");

    /// <inheritdoc/>
    protected override void CloseDescriptor(int descriptor) => throw new NotSupportedException("no model passes descriptors");

    private void Send(string command)
    {
        _sent = command;
        _statusWhenSent = _status;
        _session.Feed(Encoding.ASCII.GetBytes($$"""{"execute":"{{command}}"}"""));
        if (_sent.Length > 0)
            Report("ControlPlaneAnswers", $"'{command}' was not answered");
    }

    private void Receive(ReadOnlyMemory<byte> line)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        JsonElement message = document.RootElement;
        if (message.TryGetProperty("event", out JsonElement name))
            ReceiveEvent(name.GetString()!, message);
        else if (message.TryGetProperty("return", out JsonElement result))
            ReceiveReply(result);
        else
            Report("ControlPlaneAnswers", $"'{_sent}' was answered by {message}");
    }

    private void ReceiveEvent(string name, JsonElement message)
    {
        switch (name)
        {
            case "RESUME":
                if (_isRunning)
                    Report("EventsInOrder", "RESUME was told of a guest that runs");
                if (!_mayRun && _sent != "cont")
                    Report("AnsweredCommandHolds", "RESUME was told after stop had been answered");
                _isRunning = true;
                break;
            case "STOP":
                if (!_isRunning)
                    Report("EventsInOrder", "STOP was told of a guest that does not run");
                _isRunning = false;
                break;
            default:
                Note(message.GetProperty("data").GetProperty("status").GetString()!, _status);
                break;
        }
    }

    private void ReceiveReply(JsonElement result)
    {
        switch (_sent)
        {
            case "stop" or "cont":
                _mayRun = _sent == "cont";
                break;
            case "query-status":
                JudgeRunState(result.GetProperty("status").GetString()!);
                break;
            case "query-migrate":
                Note(result.GetProperty("status").GetString()!, _statusWhenSent);
                break;
        }

        _sent = "";
    }

    private void JudgeRunState(string state)
    {
        if (state != (_mayRun ? "running" : "paused") && state != "inmigrate")
            Report("AnsweredCommandHolds", $"query-status said {state} after {(_mayRun ? "cont" : "stop")}");
        if (state == "inmigrate" && _statusWhenSent == MigrationStatus.Completed)
            Report("RepliesFollowModel", "query-status said inmigrate of a migration that was said to be completed");
    }

    private void Note(string status, MigrationStatus before)
    {
        MigrationStatus now = status switch
        {
            "setup" => MigrationStatus.Setup,
            "active" => MigrationStatus.Active,
            "completed" => MigrationStatus.Completed,
            _ => MigrationStatus.Failed,
        };
        if (now < before)
            Report("StatusHistoryIsAPath", $"the monitor was told {now} after {before}");
        _status = now > _status ? now : _status;
        if (now == MigrationStatus.Completed && VirtualMachine.State == RunState.InMigrate)
            Report("GuestRunsAsMigrated", "the migration is said to be completed, and the guest has not arrived");
    }

    private void Report(string property, string message) => _environment.Witness.Report(property, message);
}
