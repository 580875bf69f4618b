using System.Text.Json;
using Qemu.Migration.Destination.Qapi.Commands;
using Qemu.Migration.Destination.Qapi.Schema;

namespace Qemu.Migration.Destination.Qapi;

/// <summary>The commands of a QMP session, by name.</summary>
internal static class QmpCommands
{
    // No QMP capability is offered, so none can be enabled.
    private static readonly QmpCommand Negotiation = new(
        "qmp_capabilities", new(new QapiMember("enable", new QapiArray(new QapiEnum()), true)), QapiObject.Empty, NegotiateAgain);

    private static readonly SortedDictionary<string, QmpCommand> ByName = Sort(
        [
            Negotiation, .. MigrationCommands.All, .. MachineCommands.All, .. MonitorCommands.All, .. DescriptorCommands.All,
            .. ObjectCommands.All,
        ]);

    /// <summary>Every command, in the order of names.</summary>
    public static IReadOnlyCollection<QmpCommand> All => ByName.Values;

    /// <summary>Carries out a command.</summary>
    /// <param name="host">What it acts on.</param>
    /// <param name="name">Its name.</param>
    /// <param name="arguments">Its arguments, not checked yet.</param>
    /// <param name="result">Where what it returns is written.</param>
    /// <param name="takeDescriptor">Takes the file descriptor that came beside the command.</param>
    /// <returns>The error, or null.</returns>
    public static QmpError? Execute(
        IncomingHost host, string name, QmpArguments arguments, Utf8JsonWriter result, Func<int?> takeDescriptor)
    {
        if (!ByName.TryGetValue(name, out QmpCommand? command))
            return QmpError.NotFound($"The command {name} has not been found");
        if (QapiVisitor.Check(command.Arguments, arguments.Members) is { } wrong)
            return QmpError.Generic(wrong);
        if (command.Run(new(host, arguments, result, takeDescriptor)) is { } error)
            return error;
        if (command.Returns == QapiObject.Empty)
        {
            result.WriteStartObject();
            result.WriteEndObject();
        }
        return null;
    }

    /// <summary>Checks the arguments of <c>qmp_capabilities</c> against the schema.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <returns>The error, or null.</returns>
    public static QmpError? CheckNegotiation(QmpArguments arguments) =>
        QmpError.From(QapiVisitor.Check(Negotiation.Arguments, arguments.Members));

    private static QmpError? NegotiateAgain(QmpCall call) =>
        QmpError.NotFound("Capabilities negotiation is already complete, command ignored");

    private static SortedDictionary<string, QmpCommand> Sort(IReadOnlyList<QmpCommand> commands) =>
        new(commands.ToDictionary(command => command.Name), StringComparer.Ordinal);
}
