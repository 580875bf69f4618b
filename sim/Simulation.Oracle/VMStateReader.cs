using System.Text;

namespace Simulation.Oracle;

/// <summary>Walks vmstate data by its layout (stream reference, section 1.7).</summary>
/// <remarks><code>fields   { 05 str8 name, u32 version, fields, nested subsections }*</code></remarks>
internal static class VMStateReader
{
    /// <summary>Walks a vmstate and the subsections after it.</summary>
    /// <param name="cursor">At its first field.</param>
    /// <param name="layout">Its layout.</param>
    /// <param name="version">The version on the wire, no newer than the layout's.</param>
    public static void Walk(ByteCursor cursor, VMStateLayout layout, uint version)
    {
        RequireVersion(cursor, layout.Name, version, layout.MinimumVersion);
        foreach (VMStateField field in layout.Fields)
        {
            if (field.SinceVersion > version)
                continue;

            if (field.Struct is null)
            {
                cursor.Take((long)field.Size * field.Count);
                continue;
            }

            for (int i = 0; i < field.Count; i++)
                Walk(cursor, field.Struct, field.Struct.Version);
        }

        WalkSubsections(cursor, layout);
    }

    /// <summary>Reads the header, up to the version, of the next subsection of a parent, if one follows.</summary>
    /// <param name="cursor">Behind the parent's fields or its last subsection.</param>
    /// <param name="parent">vmsd name of the parent.</param>
    /// <param name="name">Name of the subsection.</param>
    /// <returns>
    /// False when what follows is no subsection of this parent: that is no error, the bytes stay and are read as
    /// whatever comes next.
    /// </returns>
    public static bool TryReadSubsection(ByteCursor cursor, string parent, out string name)
    {
        name = "";
        if (cursor.AtEnd() || cursor.Peek(0, 1)[0] != WireFormat.Subsection)
            return false;

        int length = cursor.Peek(1, 1)[0];
        ReadOnlySpan<byte> prefix = Encoding.UTF8.GetBytes(parent);
        if (length <= prefix.Length)
            return false;

        ReadOnlySpan<byte> text = cursor.Peek(2, length);
        if (!text.StartsWith(prefix))
            return false;

        name = ByteCursor.Text(ByteCursor.UpToNul(text));
        cursor.Take(2 + length);
        return true;
    }

    /// <summary>The version of a subsection: QEMU keeps the lowest byte of it (found by running it).</summary>
    public static uint SubsectionVersion(ByteCursor cursor) => cursor.U32() & 0xff;

    /// <summary>Refuses a subsection newer than understood, and a vmstate older than understood.</summary>
    public static void RequireVersion(
        ByteCursor cursor, string name, uint version, uint minimum, uint maximum = uint.MaxValue)
    {
        if (version > maximum)
            throw cursor.Fault(
                OracleFaultKind.SubsectionVersionTooNew, cursor.Position, $"{name} v{version} > v{maximum}");
        if (version < minimum)
            throw cursor.Fault(
                OracleFaultKind.VMStateVersionTooOld, cursor.Position, $"{name} v{version} < v{minimum}");
    }

    private static void WalkSubsections(ByteCursor cursor, VMStateLayout parent)
    {
        long start = cursor.Position;
        while (TryReadSubsection(cursor, parent.Name, out string name))
        {
            VMStateLayout layout = parent.Subsections.FirstOrDefault(subsection => subsection.Name == name)
                ?? throw cursor.Fault(OracleFaultKind.UnknownSubsection, start, name);
            uint version = SubsectionVersion(cursor);
            RequireVersion(cursor, name, version, layout.MinimumVersion, layout.Version);
            Walk(cursor, layout, version);
            start = cursor.Position;
        }
    }
}
