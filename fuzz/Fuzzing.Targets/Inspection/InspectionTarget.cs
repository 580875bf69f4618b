using Fuzzing.Engine;
using Fuzzing.Targets.Text;
using Qemu.Migration.Wire;

namespace Fuzzing.Targets.Inspection;

/// <summary>A target that reads what the program is given beside a migration: files to look at, words of its command line.</summary>
internal abstract class InspectionTarget : FuzzTarget
{
    // Each character that was kept is written as an escape of ten, and words stand around it.
    private const int MostCharacters = (10 * Limits.PeerTextCharacters) + 1000;

    /// <summary>Judges why something was refused, as the program prints it.</summary>
    /// <param name="reason">The reason.</param>
    protected static void JudgeReason(string reason)
    {
        FindingException.Unless(reason.Length > 0, "a reason says something", $"it is empty");
        LineRules.Judge(PeerText.Escape(reason), MostCharacters);
    }
}
