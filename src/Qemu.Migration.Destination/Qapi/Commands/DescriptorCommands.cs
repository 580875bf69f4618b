using System.Text.Json;
using Qemu.Migration.Destination.Qapi.Schema;

namespace Qemu.Migration.Destination.Qapi.Commands;

/// <summary>The commands for file descriptors, which a client sends with the command over a Unix socket (SCM_RIGHTS).</summary>
internal static class DescriptorCommands
{
    private const string NoneSent = "No file descriptor supplied via SCM_RIGHTS";

    private static readonly QapiObject FdsetInfo = new(
        new("fdset-id", QapiType.Int64),
        new("fds", new QapiArray(new QapiObject(new("fd", QapiType.Int64), new("opaque", QapiType.Text, true)))));

    /// <summary>The commands.</summary>
    public static IReadOnlyList<QmpCommand> All { get; } =
    [
        new("getfd", new(new QapiMember("fdname", QapiType.Text)), QapiObject.Empty, Get),
        new("closefd", new(new QapiMember("fdname", QapiType.Text)), QapiObject.Empty, Close),
        new(
            "add-fd", new(new("fdset-id", QapiType.Int64, true), new("opaque", QapiType.Text, true)),
            new QapiObject(new("fdset-id", QapiType.Int64), new("fd", QapiType.Int64)), Add),
        new("remove-fd", new(new("fdset-id", QapiType.Int64), new("fd", QapiType.Int64, true)), QapiObject.Empty, Remove),
        new("query-fdsets", QapiObject.Empty, new QapiArray(FdsetInfo), Query),
    ];

    private static QmpError? Get(QmpCall call)
    {
        if (call.TakeDescriptor() is not { } descriptor)
            return QmpError.Generic(NoneSent);
        string name = call.Arguments.String("fdname")!;
        if (name.Length > 0 && char.IsAsciiDigit(name[0]))
        {
            call.Host.Descriptors.Close(descriptor);
            return QmpError.Generic("Parameter 'fdname' expects a name not starting with a digit");
        }
        call.Host.Descriptors.SetName(name, descriptor);
        return null;
    }

    private static QmpError? Close(QmpCall call)
    {
        string name = call.Arguments.String("fdname")!;
        if (call.Host.Descriptors.TakeNamed(name) is not { } descriptor)
            return QmpError.Generic($"File descriptor named '{name}' not found");
        call.Host.Descriptors.Close(descriptor);
        return null;
    }

    private static QmpError? Add(QmpCall call)
    {
        if (call.TakeDescriptor() is not { } descriptor)
            return QmpError.Generic(NoneSent);
        long? setId = call.Arguments.Integer("fdset-id");
        if (setId < 0)
        {
            call.Host.Descriptors.Close(descriptor);
            return QmpError.Generic("Parameter 'fdset-id' expects a non-negative value");
        }
        long id = call.Host.Descriptors.AddToSet(setId, call.Arguments.String("opaque"), descriptor);
        call.Result.WriteStartObject();
        call.Result.WriteNumber("fdset-id", id);
        call.Result.WriteNumber("fd", descriptor);
        call.Result.WriteEndObject();
        return null;
    }

    private static QmpError? Remove(QmpCall call)
    {
        long setId = call.Arguments.Integer("fdset-id")!.Value;
        long? descriptor = call.Arguments.Integer("fd");
        return call.Host.Descriptors.TryRemove(setId, descriptor) ? null
            : QmpError.Generic($"File descriptor named 'fdset-id:{setId}{(descriptor is { } fd ? $", fd:{fd}" : "")}' not found");
    }

    private static void Query(QmpCall call)
    {
        Utf8JsonWriter result = call.Result;
        result.WriteStartArray();
        foreach ((long id, List<DescriptorStore.SetMember> members) in call.Host.Descriptors.Sets)
        {
            result.WriteStartObject();
            result.WriteStartArray("fds");
            foreach (DescriptorStore.SetMember member in members)
            {
                result.WriteStartObject();
                result.WriteNumber("fd", member.Descriptor);
                if (member.Opaque is { } opaque)
                    result.WriteString("opaque", opaque);
                result.WriteEndObject();
            }
            result.WriteEndArray();
            result.WriteNumber("fdset-id", id);
            result.WriteEndObject();
        }
        result.WriteEndArray();
    }
}
