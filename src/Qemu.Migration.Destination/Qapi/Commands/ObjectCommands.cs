using Qemu.Migration.Destination.Qapi.Schema;

namespace Qemu.Migration.Destination.Qapi.Commands;

/// <summary>The commands about the host's objects.</summary>
internal static class ObjectCommands
{
    /// <summary>The commands.</summary>
    public static IReadOnlyList<QmpCommand> All { get; } =
    [
        new("object-add", HostObjects.Schema, QapiObject.Empty, call => QmpError.From(HostObjects.Add(call.Host, call.Arguments))),
        new(
            "object-del", new(new QapiMember("id", QapiType.Text)), QapiObject.Empty,
            call => QmpError.From(call.Host.DeleteObject(call.Arguments.String("id")!))),
    ];
}
