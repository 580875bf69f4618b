namespace Simulation.Oracle;

/// <summary>
/// Reads the main channel from the file header to the VMDESCRIPTION (stream reference, sections 1 and 6.1).
/// </summary>
internal sealed class MainChannel
{
    private readonly ByteCursor _cursor;
    private readonly OracleMachine _machine;
    private readonly Capabilities _capabilities;
    private readonly PostcopyProgress _progress;
    private readonly RamSection _ramSection;
    private readonly PostcopyRam _postcopyRam;
    private readonly CommandReader _commands;
    private readonly ReturnPathLog _returnPath;
    private readonly Entry[] _entries;
    private readonly List<OracleSection> _sections = [];
    private readonly bool _misses;
    private RecordLog _records;

    public MainChannel(
        OracleInput input, Capabilities capabilities, OracleRam ram, RecordLogs records, OracleMultifdReceiver? multifd, PostcopyProgress progress)
    {
        _cursor = new ByteCursor(0, input.Main, input.MainStart);
        _machine = input.Machine;
        _capabilities = capabilities;
        _progress = progress;
        _records = records.Of(0);
        _misses = capabilities.PostcopyPreempt && input.Preempt is null;
        _returnPath = new ReturnPathLog(_cursor);
        _commands = new CommandReader(
            _cursor, capabilities, input.Machine,
            new OraclePostcopyCommands(_cursor, capabilities, ram, input.Machine, progress, _returnPath), _returnPath);
        LastBlock last = new();
        _ramSection = new RamSection(_cursor, input, capabilities, ram, _records, multifd, _commands, last);
        _postcopyRam = new PostcopyRam(_cursor, input.Machine, capabilities, ram, last, progress);
        _entries = [.. _machine.Handlers.Select(handler => new Entry(handler))];
    }

    public IReadOnlyList<OracleSection> Sections => _sections;

    public CommandReader Commands => _commands;

    public IReadOnlyList<OracleReturnMessage> ReturnPath => _returnPath.Messages;

    public RamSection Ram => _ramSection;

    public OracleConfiguration? Configuration { get; private set; }

    public GlobalState? GlobalState { get; private set; }

    public long Position => _cursor.Position;

    /// <summary>The fault that an order makes which ends the connection.</summary>
    public OracleFault Abandonment() => _cursor.Abandonment();

    /// <summary>Whether this leg has brought a page that is not settled yet.</summary>
    public bool Brings(OracleRamBlock block, long offset) => _postcopyRam.Brings(block, offset);

    /// <summary>Reads up to and including the top-level EOF.</summary>
    public void Read()
    {
        ReadFileHeader();
        if (_machine.SendConfiguration)
            Configuration = new ConfigurationReader(_cursor, _machine, _capabilities).Read();

        ReadSections();
    }

    /// <summary>Reads what the connection of a recovery brings, which begins without a header (section 6.5).</summary>
    /// <param name="connections">The connections.</param>
    /// <param name="records">Takes the ends of page records.</param>
    public void Recover(OracleRecovery connections, RecordLog records)
    {
        _cursor.GoOnWith(connections.Main);
        _returnPath.BeginLeg();
        _records = records;
        _progress.IsInPackage = false;
        _progress.IsRecovering = true;
        _progress.ResumedAt.Add(null);
        ReadSections();
    }

    /// <summary>Places the pages that this leg's connection has brought in postcopy.</summary>
    /// <param name="leg">The leg that is over, counted from 0.</param>
    /// <param name="isCertain">Whether they were placed for certain.</param>
    public void Settle(int leg, bool isCertain) => _postcopyRam.Settle(_records, leg, connection: 0, isCertain);

    private void ReadSections()
    {
        while (ReadSection())
        {
        }

        if (_progress.Phase is OraclePostcopyPhase.Discarding || _progress.IsRecovering)
            throw _cursor.Fault(OracleFaultKind.EndOutOfState, _cursor.RecordStart, $"{_progress.Phase}");
        if (_progress.Phase == OraclePostcopyPhase.Running)
            _progress.Phase = OraclePostcopyPhase.Ended;
    }

    // A package ends by POSTCOPY_RUN. Before it is read every connection must be there.
    private void ReadPackage(long length)
    {
        if (_misses)
            throw new OraclePendingException(OracleFault.PreemptConnection);
        _progress.IsInPackage = true;
        _cursor.Limit(length);
        while (_progress.Phase != OraclePostcopyPhase.Running)
        {
            _cursor.BeginRecord();
            if (_cursor.LeftInPackage == 0 || !ReadSection())
                throw _cursor.Fault(OracleFaultKind.PackageWithoutRun, _cursor.Position, "the end of the package");
        }

        _cursor.Limit(null);
        _progress.IsInPackage = false;
    }

    /// <summary>
    /// Reads the VMDESCRIPTION, whose absence, wrong type byte, absurd length or early end is no error (section 1.9).
    /// </summary>
    public void ReadVmDescription()
    {
        if (_machine.SuppressVmDescription || _progress.HasRun || _cursor.AtEnd() || _cursor.U8() != WireFormat.VmDescription)
            return;

        uint length = 0;
        for (int i = 0; i < sizeof(uint) && !_cursor.AtEnd(); i++)
            length = length << 8 | _cursor.U8();
        _cursor.Skip(length);
    }

    private void ReadFileHeader()
    {
        // A stream too short for the magic may still be seen not to begin with it.
        if (_cursor.EndsWithin(sizeof(uint)) && !"QEVM"u8.StartsWith(_cursor.Rest))
            throw _cursor.Fault(OracleFaultKind.NotAMigrationStream, _cursor.RecordStart, Convert.ToHexString(_cursor.Rest));
        uint magic = _cursor.U32();
        if (magic != WireFormat.FileMagic)
            throw _cursor.Fault(OracleFaultKind.NotAMigrationStream, _cursor.RecordStart, $"0x{magic:x8}");

        uint version = _cursor.U32();
        if (version == WireFormat.ObsoleteFileVersion)
            throw _cursor.Fault(OracleFaultKind.ObsoleteFileVersion, _cursor.RecordStart + 4, $"{version}");
        if (version != WireFormat.FileVersion)
            throw _cursor.Fault(OracleFaultKind.UnsupportedFileVersion, _cursor.RecordStart + 4, $"{version}");
    }

    /// <summary>Reads one section or command.</summary>
    /// <returns>False at the top-level EOF.</returns>
    private bool ReadSection()
    {
        _cursor.BeginRecord();
        byte type = _cursor.U8();
        switch (type)
        {
            case 0: // QEMU_VM_EOF
                return false;
            case 1: // QEMU_VM_SECTION_START
            case 4: // QEMU_VM_SECTION_FULL: no different from START on load
                ReadStart(type);
                return true;
            case 2: // QEMU_VM_SECTION_PART
            case 3: // QEMU_VM_SECTION_END: no different from PART on load
                ReadPart(type);
                return true;
            case 8: // QEMU_VM_COMMAND
                if (_commands.Read() is { } package)
                    ReadPackage(package);
                return true;
            default:
                throw _cursor.Fault(OracleFaultKind.UnknownSectionType, _cursor.RecordStart, $"{type}");
        }
    }

    private void ReadStart(byte type)
    {
        long start = _cursor.RecordStart;
        uint id = _cursor.U32();
        int length = _cursor.U8();
        if (length == 0)
            throw _cursor.Fault(OracleFaultKind.EmptySectionName, start + 5, $"section {id}");

        string idStr = ByteCursor.Text(ByteCursor.UpToNul(_cursor.Take(length)));
        uint instance = _cursor.U32();
        uint version = _cursor.U32();
        Entry entry =
            Array.Find(_entries, entry => entry.Handler.IdStr == idStr && entry.Handler.InstanceId == instance)
            ?? throw _cursor.Fault(OracleFaultKind.UnknownSection, start + 5, $"'{idStr}' {instance}");
        if (version > entry.Handler.Layout.Version)
            throw _cursor.Fault(OracleFaultKind.SectionVersionTooNew, _cursor.Position - 4, $"'{idStr}' v{version}");

        RefuseDevice(entry, start);
        entry.LoadSectionId = id;
        entry.LoadVersion = version;
        ReadData(entry, type, start);
    }

    /// <summary>
    /// An entry that was never started has id 0 and version 0, and the first match in registration order wins.
    /// </summary>
    private void ReadPart(byte type)
    {
        long start = _cursor.RecordStart;
        uint id = _cursor.U32();
        Entry entry = Array.Find(_entries, entry => entry.LoadSectionId == id)
            ?? throw _cursor.Fault(OracleFaultKind.UnknownSectionId, start + 1, $"{id}");
        RefuseDevice(entry, start);
        ReadData(entry, type, start);
    }

    // The guest already runs with its device state (L20).
    private void RefuseDevice(Entry entry, long start)
    {
        if (_progress.HasRun && entry.Handler.Kind is not (OracleHandlerKind.Ram or OracleHandlerKind.DirtyBitmap))
            throw _cursor.Fault(OracleFaultKind.SectionAfterRun, start, $"'{entry.Handler.IdStr}'");
    }

    private void ReadData(Entry entry, byte type, long start)
    {
        OracleHandler handler = entry.Handler;
        int records = 0;
        switch (handler.Kind)
        {
            case OracleHandlerKind.Ram:
                if (entry.LoadVersion != handler.Layout.Version)
                    throw _cursor.Fault(OracleFaultKind.RamVersion, start, $"v{entry.LoadVersion}");
                records = _progress.TakesPages ? _postcopyRam.Read(_records) : _ramSection.Read(isPart: type == 2);
                break;
            case OracleHandlerKind.DirtyBitmap:
                ReadDirtyBitmap(entry);
                break;
            case OracleHandlerKind.GlobalState:
                long body = _cursor.Position;
                VMStateReader.Walk(_cursor, handler.Layout, entry.LoadVersion);
                GlobalState = Oracle.GlobalState.Read(_cursor, body);
                break;
            default:
                VMStateReader.Walk(_cursor, handler.Layout, entry.LoadVersion);
                break;
        }

        if (_machine.SendSectionFooter)
            ReadFooter(entry.LoadSectionId);
        _sections.Add(new OracleSection(
            type, entry.LoadSectionId, handler.IdStr, handler.InstanceId, entry.LoadVersion,
            start, _cursor.Position - start, records));
    }

    private void ReadDirtyBitmap(Entry entry)
    {
        VMStateLayout layout = entry.Handler.Layout;
        VMStateReader.RequireVersion(_cursor, layout.Name, entry.LoadVersion, layout.MinimumVersion);
        if (_cursor.U8() != WireFormat.DirtyBitmapEos)
            throw _cursor.Fault(OracleFaultKind.DirtyBitmapUnsupported, _cursor.Position - 1, "not the empty form");
    }

    private void ReadFooter(uint sectionId)
    {
        _cursor.BeginRecord();
        if (_cursor.U8() != WireFormat.SectionFooter)
            throw _cursor.Fault(OracleFaultKind.FooterMissing, _cursor.RecordStart, $"section {sectionId}");

        uint id = _cursor.U32();
        if (id != sectionId)
            throw _cursor.Fault(
                OracleFaultKind.FooterIdMismatch, _cursor.RecordStart + 1, $"{id}, started with {sectionId}");
    }

    /// <summary>A registered handler and what the stream bound to it.</summary>
    private sealed class Entry(OracleHandler handler)
    {
        public OracleHandler Handler { get; } = handler;

        public uint LoadSectionId { get; set; }

        public uint LoadVersion { get; set; }
    }
}
