using Qemu.Migration.Wire;
using Simulation.Source.Precopy;
using Simulation.Source.Savevm;

namespace Simulation.Source.Postcopy;

/// <summary>
/// From the last PART with the guest here to the guest there (stream reference, section 6.3):
/// <code>
/// [PART]  SWITCHOVER_START  RAM_DISCARD*  PING 2  PACKAGED { LISTEN  devices  PING 3  [PING 0x42]  RUN }  PING 4
/// </code>
/// As long as the package is not out whole, a failure leaves the guest here, and it goes on. Then it never runs here again.
/// </summary>
internal sealed class SwitchoverPhase(SourceSession session, PageSender sender)
{
    /// <summary>QEMU_VM_PING_PACKAGED_LOADED: its PONG says that the package is loaded.</summary>
    public const uint PackageLoadedPing = 0x42;

    private readonly SourceMachine _machine = session.Machine;
    private readonly SavevmWriter _savevm = session.Savevm;

    private bool IsQemu11 => session.Options.PostcopyRelease == PostcopyRelease.Qemu11;

    public IEnumerable<SourceStep> Run()
    {
        foreach (SourceStep step in ConnectPreempt(session))
            yield return step;
        if (IsQemu11)
        {
            foreach (SourceStep step in Prepare())
                yield return step;
        }

        session.StopGuest();
        if (_machine.SendSwitchoverStart)
            _savevm.WriteCommand(CommandType.SwitchoverStart);
        session.Ram.BeginPostcopy();
        new DiscardList(session).Write();
        Ping(_savevm, 2);
        int package = WritePackage();
        session.Main.Flush();
        session.IsPackageUnderWay = true;
        yield return new(SourceWait.Flush);

        session.PackageSent(package);
        session.MoveTo(IsQemu11 ? SourceStatus.PostcopyDevice : SourceStatus.PostcopyActive);
        session.ReturnPath.PassPackage();
        session.Bandwidth.BytesPerSecond = session.Options.MaxPostcopyBandwidth;
        Ping(_savevm, 4);
        session.Main.Flush();
        yield return new(SourceWait.Flush);
    }

    /// <summary>Has the preempt channel connected, once the main channel is known to have arrived.</summary>
    public static IEnumerable<SourceStep> ConnectPreempt(SourceSession session)
    {
        if (session.Urgent is not { } urgent)
            yield break;
        while (!session.ReturnPath.IsMainConfirmed)
            yield return new(SourceWait.ReturnPath, long.MaxValue);
        urgent.Want();
        while (!urgent.IsConnected)
            yield return new(SourceWait.Preempt, long.MaxValue);
    }

    // A section for what has to be out before the destination listens: multifd's pages.
    private IEnumerable<SourceStep> Prepare()
    {
        _savevm.OpenSection(SectionType.Part, _machine.RamSectionId);
        foreach (SourceStep step in sender.Synchronize())
            yield return step;
        session.Multifd.WriteEnd();
        sender.CloseRam();
    }

    private int WritePackage()
    {
        using StreamBuffer content = new() { Edit = session.Main.Edit };
        SavevmWriter nested = new(content, _machine);
        nested.WriteCommand(CommandType.PostcopyListen);
        foreach (DeviceState device in _machine.Devices)
            nested.WriteDevice(device);
        Ping(nested, 3);
        if (IsQemu11)
            Ping(nested, PackageLoadedPing);
        nested.WriteCommand(CommandType.PostcopyRun);

        Span<byte> length = stackalloc byte[sizeof(uint)];
        CommandPayload.Write(length, (uint)content.PendingCount);
        int start = session.Main.PendingCount;
        _savevm.WriteCommand(CommandType.Packaged, length);
        session.Main.Write(content.Written);
        session.Main.Complete(StructureKind.Package, start);
        return content.PendingCount;
    }

    private static void Ping(SavevmWriter writer, uint value)
    {
        Span<byte> payload = stackalloc byte[sizeof(uint)];
        CommandPayload.Write(payload, value);
        writer.WriteCommand(CommandType.Ping, payload);
    }
}
