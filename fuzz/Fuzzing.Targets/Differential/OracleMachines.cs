using Qemu.Migration.Destination.Machine;
using Simulation.Oracle;

namespace Fuzzing.Targets.Differential;

/// <summary>A machine profile as the oracle has it.</summary>
internal static class OracleMachines
{
    public static OracleMachine Of(MachineProfile profile)
    {
        List<OracleHandler> handlers = [.. profile.Devices.Select(HandlerOf)];

        // In the order of QEMU's registration: timer, ram, dirty-bitmap, the devices, globalstate.
        int ram = handlers.FindIndex(handler => handler.IdStr == "timer") + 1;
        handlers.InsertRange(ram, [OracleHandler.Ram, OracleHandler.DirtyBitmap]);
        handlers.Add(OracleHandler.GlobalState);
        return new OracleMachine
        {
            Name = profile.Name,
            PageSize = profile.PageSizeBytes,
            SendConfiguration = profile.SendConfiguration,
            SendSectionFooter = profile.SendSectionFooter,
            SuppressVmDescription = profile.SuppressVmDescription,
            MultifdFlushAfterEachSection = profile.MultifdFlushAfterEachSection,
            Blocks = [.. profile.RamBlocks.Select(BlockOf)],
            Handlers = handlers,
        };
    }

    private static OracleBlock BlockOf(RamBlockDescription block) => new(block.Name, block.LengthBytes)
    {
        MaxLength = block.MaxLengthBytes,
        Resizable = block.MaxLengthBytes > block.LengthBytes,
        Shared = block.Shared,
        Migratable = block.Migratable,
        GuestPhysicalAddress = block.GuestAddress,
    };

    private static OracleHandler HandlerOf(DeviceSection device) =>
        new(OracleHandlerKind.VMState, device.Name, device.InstanceId, LayoutOf(device.State));

    private static VMStateLayout LayoutOf(VmStateDescription state) => new(state.Name, (uint)state.Version)
    {
        MinimumVersion = (uint)state.MinimumVersion,
        Fields = [.. state.Fields.Select(FieldOf)],
        Subsections = [.. state.Subsections.Select(LayoutOf)],
    };

    private static Simulation.Oracle.VMStateField FieldOf(Qemu.Migration.Destination.Machine.VmStateField field) => new(field.Name, field.SizeBytes)
    {
        Count = field.Count,
        SinceVersion = (uint)field.SinceVersion,
        Struct = field.Struct is null ? null : LayoutOf(field.Struct),
    };
}
