using System.Text;

namespace Qemu.Migration.Wire;

/// <summary>
/// Names on the wire. They travel with a length, but a destination keeps and compares them as C strings: a name ends at its first NUL,
/// and what comes behind is passed over (found by running QEMU).
/// </summary>
public static class CString
{
    /// <summary>The name in a field.</summary>
    /// <param name="field">All bytes of the field, of any length.</param>
    /// <returns>The bytes before the first NUL; all of them where there is none.</returns>
    public static ReadOnlySpan<byte> Of(ReadOnlySpan<byte> field)
    {
        int end = field.IndexOf((byte)0);
        return end < 0 ? field : field[..end];
    }

    /// <summary>The name in a field, as text.</summary>
    /// <param name="field">All bytes of the field, of any length.</param>
    /// <returns>UTF-8 text; bytes that are none show as U+FFFD.</returns>
    public static string Text(ReadOnlySpan<byte> field) => Encoding.UTF8.GetString(Of(field));
}
