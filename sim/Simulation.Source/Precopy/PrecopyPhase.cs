using Qemu.Migration.Wire;
using Simulation.Source.Guest;
using Simulation.Source.Savevm;

namespace Simulation.Source.Precopy;

/// <summary>What a source does while its guest runs, and the end of a migration that needs no postcopy.</summary>
internal sealed class PrecopyPhase(SourceSession session, PageSender sender)
{
    private readonly SourceOptions _options = session.Options;
    private readonly SourceMachine _machine = session.Machine;
    private readonly SavevmWriter _savevm = session.Savevm;
    private readonly RamSaver _ram = session.Ram;
    private readonly BandwidthWindow _bandwidth = session.Bandwidth;

    // The header, the block list, and what the destination has to know beforehand.
    public IEnumerable<SourceStep> Setup()
    {
        if (_options.PreemptPre72)
            session.Urgent?.Want();
        session.Mapped?.Begin(session.Main);
        session.Multifd.WriteInitialPackets(_machine.Uuid);
        _savevm.WriteFileHeader();
        _savevm.WriteConfiguration(_options.ValidatedCapabilities, _options.ValidateUuid ? _machine.Uuid : null);
        if (_options.OpensReturnPath)
        {
            _savevm.WriteCommand(CommandType.OpenReturnPath);
            _savevm.WriteCommand(CommandType.Ping, [0, 0, 0, 1]);
        }
        Advise();
        int start = session.Main.PendingCount;
        _savevm.OpenSection(SectionType.Start, _machine.RamSectionId, "ram", 0, RamFlags.SectionVersion);
        _ram.MarkAllDirty();
        WriteBlockList();
        foreach (SourceStep step in sender.Synchronize())
            yield return step;
        sender.CloseRam();
        if (session.Mapped is null && !_options.SendsPackets)
            session.Main.Complete(StructureKind.RamStartSection, start);
        if (_options.DirtyBitmaps)
            WriteDirtyBitmaps();
        yield return new(SourceWait.Flush);
    }

    /// <summary>Whether the rest would fit into the downtime. The guest's log is read only when the pages known to be dirty would.</summary>
    public bool IsConverged()
    {
        if (_ram.RemainingBytes < _bandwidth.ThresholdBytes)
            _ram.Synchronize();
        return _ram.RemainingBytes == 0 || _ram.RemainingBytes < _bandwidth.ThresholdBytes;
    }

    /// <summary>One PART, and the pause that the bandwidth limit asks for.</summary>
    public IEnumerable<SourceStep> Iterate()
    {
        _savevm.OpenSection(SectionType.Part, _machine.RamSectionId);
        foreach (SourceStep step in sender.SavePages())
            yield return step;
        if (_machine.MultifdFlushAfterEachSection)
        {
            foreach (SourceStep step in sender.Synchronize())
                yield return step;
        }
        sender.CloseRam();
        _ram.Count(RamFlags.HeaderBytes);
        yield return new(SourceWait.Flush);
        _bandwidth.Update(session.Now, session.Flushed);
        if (_bandwidth.IsExceeded(session.Flushed))
            yield return new(SourceWait.Time, _bandwidth.EndNanoseconds);
        else if (_ram.RemainingBytes == 0 && !session.IsSwitchoverAllowed)
            yield return new(SourceWait.ReturnPath, _bandwidth.EndNanoseconds);
        _bandwidth.Update(session.Now, session.Flushed);
    }

    /// <summary>Stops the guest and sends the rest.</summary>
    public IEnumerable<SourceStep> Complete()
    {
        session.StopGuest();
        if (_machine.SendSwitchoverStart)
            _savevm.WriteCommand(CommandType.SwitchoverStart);
        _savevm.OpenSection(SectionType.End, _machine.RamSectionId);
        _ram.BeginLastStage();
        foreach (SourceStep step in sender.SavePages())
            yield return step;
        if (_machine.MultifdFlushAfterEachSection)
        {
            foreach (SourceStep step in sender.Synchronize())
                yield return step;
        }
        session.Multifd.WriteEnd();
        session.Mapped?.WriteBitmaps(_ram.IsIgnored);
        sender.CloseRam();
        foreach (DeviceState device in _machine.Devices)
            _savevm.WriteDevice(device);
        _savevm.WriteEndOfStream();
        if (!_machine.SuppressVmDescription)
        {
            _savevm.WriteVmDescription(VmDescriptionText.Describe(
                _machine, _options.ValidatedCapabilities, _options.ValidateUuid && _machine.Uuid is not null));
        }
        session.Main.Flush();
        yield return new(SourceWait.Flush);
        while (_options.OpensReturnPath && session.ReturnPath.Shut is null)
            yield return new(SourceWait.ReturnPath, long.MaxValue);
    }

    // Without RAM in postcopy the advice is empty (section 6.3).
    private void Advise()
    {
        if (_options.PostcopyRam)
        {
            Span<byte> advice = stackalloc byte[PostcopyAdvice.SizeBytes];
            new PostcopyAdvice((ulong)_machine.PageBytes, (ulong)_machine.PageBytes).Write(advice);
            _savevm.WriteCommand(CommandType.PostcopyAdvise, advice);
        }
        else if (_options.DirtyBitmaps)
        {
            _savevm.WriteCommand(CommandType.PostcopyAdvise);
        }
    }

    // The section of a machine that has no bitmaps: its flags say so.
    private void WriteDirtyBitmaps()
    {
        _savevm.OpenSection(SectionType.Start, _machine.DirtyBitmapSectionId, "dirty-bitmap", 0, 1);
        session.Main.WriteByte(1);
        _savevm.CloseSection(_machine.DirtyBitmapSectionId);
    }

    private void WriteBlockList()
    {
        int start = session.Main.PendingCount;
        _ram.Records.WriteMemSize(session.Guest.Ram.Blocks.Sum(block => block.Layout.LengthBytes));
        foreach (GuestBlock block in session.Guest.Ram.Blocks)
        {
            _ram.Records.WriteBlock(block);
            if (_options.IgnoreShared)
                session.Main.WriteUInt64(block.Layout.GuestAddress);
            if (_ram.IsIgnored(block))
                session.Mapped?.WriteIgnoredHeader(session.Main);
            else
                session.Mapped?.WriteHeader(session.Main, block);
        }
        if (session.Mapped is null)
            session.Main.Complete(StructureKind.MemSize, start);
    }
}
