namespace Qemu.Migration.Destination;

/// <summary>A boolean as QEMU's command line writes it.</summary>
internal static class OnOff
{
    /// <summary>Reads a boolean.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The boolean; null for any other text.</returns>
    public static bool? Parse(string text) => text switch
    {
        "on" or "yes" or "true" or "y" => true,
        "off" or "no" or "false" or "n" => false,
        _ => null,
    };
}
