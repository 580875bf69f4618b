using System.Text.Json;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Destination.Qapi.Schema;

namespace Qemu.Migration.Destination.Qapi.Commands;

/// <summary>The commands about the machine and its guest. The machine has no virtual CPUs, disks, character devices or I/O threads, so
/// these lists are empty.</summary>
internal static class MachineCommands
{
    /// <summary>The commands.</summary>
    public static IReadOnlyList<QmpCommand> All { get; } =
    [
        new("cont", QapiObject.Empty, QapiObject.Empty, call => call.Host.VirtualMachine.Continue()),
        new("stop", QapiObject.Empty, QapiObject.Empty, call => call.Host.VirtualMachine.Stop()),
        new("quit", QapiObject.Empty, QapiObject.Empty, call => call.Host.Quit()),
        new(
            "query-status", QapiObject.Empty, new QapiObject(new("status", QapiTypes.RunState), new("running", QapiType.Boolean)),
            QueryStatus),
        new("query-name", QapiObject.Empty, new QapiObject(new QapiMember("name", QapiType.Text, true)), QueryName),
        new("query-uuid", QapiObject.Empty, new QapiObject(new QapiMember("UUID", QapiType.Text)), QueryUuid),
        new(
            "query-target", QapiObject.Empty, new QapiObject(new QapiMember("arch", new QapiEnum("x86_64"))), QueryTarget),
        new("query-machines", new(new QapiMember("compat-props", QapiType.Boolean, true)), new QapiArray(MachineInfo()), QueryMachines),
        new(
            "query-memory-size-summary", QapiObject.Empty,
            new QapiObject(new("base-memory", QapiType.UInt64), new("plugged-memory", QapiType.UInt64, true)), QueryMemorySize),
        new("query-kvm", QapiObject.Empty, new QapiObject(new("enabled", QapiType.Boolean), new("present", QapiType.Boolean)), QueryKvm),
        new("query-cpus-fast", QapiObject.Empty, new QapiArray(QapiObject.Empty), EmptyList),
        new("query-iothreads", QapiObject.Empty, new QapiArray(QapiObject.Empty), EmptyList),
        new("query-block", QapiObject.Empty, new QapiArray(QapiObject.Empty), EmptyList),
        new("query-blockstats", new(new QapiMember("query-nodes", QapiType.Boolean, true)), new QapiArray(QapiObject.Empty), EmptyList),
        new(
            "query-named-block-nodes", new(new QapiMember("flat", QapiType.Boolean, true)), new QapiArray(QapiObject.Empty), EmptyList),
        new("query-chardev", QapiObject.Empty, new QapiArray(QapiObject.Empty), EmptyList),
    ];

    /// <summary>The guest's UUID; zeros where it has none.</summary>
    /// <param name="host">The host.</param>
    /// <returns>The UUID as QEMU writes it.</returns>
    public static string UuidOf(IncomingHost host) => (host.Machine.Uuid ?? Guid.Empty).ToString();

    private static QapiObject MachineInfo() => new(
        new("name", QapiType.Text), new("cpu-max", QapiType.Int64), new("hotpluggable-cpus", QapiType.Boolean),
        new("numa-mem-supported", QapiType.Boolean), new("deprecated", QapiType.Boolean), new("acpi", QapiType.Boolean));

    private static void QueryStatus(QmpCall call)
    {
        Utf8JsonWriter result = call.Result;
        RunState state = call.Host.VirtualMachine.State;
        result.WriteStartObject();
        result.WriteString("status", state.ToQapi());
        result.WriteBoolean("running", state == RunState.Running);
        result.WriteEndObject();
    }

    // Guests have no name here.
    private static void QueryName(QmpCall call)
    {
        call.Result.WriteStartObject();
        call.Result.WriteEndObject();
    }

    private static void QueryUuid(QmpCall call)
    {
        call.Result.WriteStartObject();
        call.Result.WriteString("UUID", UuidOf(call.Host));
        call.Result.WriteEndObject();
    }

    private static void QueryTarget(QmpCall call)
    {
        call.Result.WriteStartObject();
        call.Result.WriteString("arch", "x86_64");
        call.Result.WriteEndObject();
    }

    // The list has one entry: the machine that is migrated.
    private static void QueryMachines(QmpCall call)
    {
        call.Result.WriteStartArray();
        call.Result.WriteStartObject();
        call.Result.WriteString("name", call.Host.Machine.Name);
        call.Result.WriteNumber("cpu-max", 1);
        foreach (string property in (ReadOnlySpan<string>)["hotpluggable-cpus", "numa-mem-supported", "deprecated", "acpi"])
            call.Result.WriteBoolean(property, false);
        call.Result.WriteEndObject();
        call.Result.WriteEndArray();
    }

    private static void QueryMemorySize(QmpCall call)
    {
        call.Result.WriteStartObject();
        call.Result.WriteNumber("base-memory", call.Host.Machine.RamBlocks.FirstOrDefault()?.LengthBytes ?? 0);
        call.Result.WriteNumber("plugged-memory", 0);
        call.Result.WriteEndObject();
    }

    private static void QueryKvm(QmpCall call)
    {
        call.Result.WriteStartObject();
        call.Result.WriteBoolean("enabled", false);
        call.Result.WriteBoolean("present", false);
        call.Result.WriteEndObject();
    }

    private static void EmptyList(QmpCall call)
    {
        call.Result.WriteStartArray();
        call.Result.WriteEndArray();
    }
}
