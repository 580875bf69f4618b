using System.Numerics;
using System.Text;

namespace Simulation.Oracle;

/// <summary>Reads and judges the CONFIGURATION section (stream reference, section 1.4).</summary>
/// <remarks><code>07   u32 len   name[len]   { 05 str8 name, u32 version, body }*</code></remarks>
internal sealed class ConfigurationReader(ByteCursor cursor, OracleMachine machine, Capabilities capabilities)
{
    private const string Parent = "configuration";
    private const int UuidSize = 16;
    private const uint LongestMachineName = 1024;
    private const uint MostCapabilities = 256;
    private long _nameOffset;
    private uint? _pageBits;
    private string[]? _names;
    private byte[]? _uuid;

    /// <summary>Reads the section from its type byte on.</summary>
    public OracleConfiguration Read()
    {
        cursor.BeginRecord();
        if (cursor.U8() != WireFormat.Configuration)
            throw cursor.Fault(
                OracleFaultKind.ConfigurationMissing, cursor.RecordStart, "no CONFIGURATION after the file header");

        string name = ReadMachineName();
        long start = cursor.Position;
        while (VMStateReader.TryReadSubsection(cursor, Parent, out string subsection))
        {
            ReadSubsection(subsection, start);
            start = cursor.Position;
        }

        Judge(name);
        return new OracleConfiguration(name, _pageBits, _names, _uuid);
    }

    /// <summary>The destination must not make room for a name that cannot be its own.</summary>
    private string ReadMachineName()
    {
        long start = cursor.Position;
        uint length = cursor.U32();
        if (length > LongestMachineName)
            throw cursor.Fault(OracleFaultKind.MachineNameTooLong, start, $"{length} bytes");

        _nameOffset = cursor.Position;
        return ByteCursor.Text(ByteCursor.UpToNul(cursor.Take(length)));
    }

    private void ReadSubsection(string name, long start)
    {
        if (name is not (Parent + "/target-page-bits" or Parent + "/capabilities" or Parent + "/uuid"))
            throw cursor.Fault(OracleFaultKind.UnknownSubsection, start, name);

        VMStateReader.RequireVersion(cursor, name, VMStateReader.SubsectionVersion(cursor), minimum: 1, maximum: 1);
        if (name == Parent + "/target-page-bits")
            _pageBits = cursor.U32();
        else if (name == Parent + "/capabilities")
            ReadCapabilities();
        else
            ReadUuid();

        start = cursor.Position;
        if (VMStateReader.TryReadSubsection(cursor, name, out string nested))
            throw cursor.Fault(OracleFaultKind.UnknownSubsection, start, nested);
    }

    private void ReadCapabilities()
    {
        long listStart = cursor.Position;
        uint count = cursor.U32();
        if (count > MostCapabilities)
            throw cursor.Fault(OracleFaultKind.UnknownCapability, listStart, $"{count} names");

        List<string> names = [];
        for (uint i = 0; i < count; i++)
        {
            long start = cursor.Position;
            string name = ByteCursor.Text(cursor.Str8());
            if (!Capabilities.IsKnown(name))
                throw cursor.Fault(OracleFaultKind.UnknownCapability, start, name);
            names.Add(name);
        }

        _names = [.. names];
    }

    private void ReadUuid()
    {
        long start = cursor.Position;
        _uuid = cursor.Take(UuidSize).ToArray();
        if (!machine.Uuid.IsEmpty && !machine.Uuid.Span.SequenceEqual(_uuid))
            throw cursor.Fault(OracleFaultKind.UuidMismatch, start, Convert.ToHexString(_uuid));
    }

    /// <summary>What is compared only after every subsection was read: the last one of a name counts.</summary>
    private void Judge(string name)
    {
        // The whole name is compared, where QEMU takes a prefix of it (L13).
        if (name != machine.Name)
            throw cursor.Fault(
                OracleFaultKind.MachineNameMismatch, _nameOffset, $"'{name}', local '{machine.Name}'");

        // Pages of which the stream says nothing have the fewest bits that the target ever had: 12 where they cannot vary, else 10.
        uint localBits = (uint)BitOperations.Log2((uint)machine.PageSize);
        uint bits = _pageBits ?? (localBits == 12 ? 12u : 10u);
        if (bits != localBits)
            throw cursor.Fault(OracleFaultKind.TargetPageBitsMismatch, cursor.Position, $"{bits}, local {localBits}");

        RequireSame(Capabilities.IgnoreSharedName, capabilities.IgnoreShared);
        RequireSame(Capabilities.MappedRamName, capabilities.MappedRam);
    }

    private void RequireSame(string name, bool local)
    {
        bool received = _names is not null && _names.Contains(name);
        if (received != local)
            throw cursor.Fault(
                OracleFaultKind.CapabilityMismatch, cursor.Position, $"{name} received {received}, local {local}");
    }
}
