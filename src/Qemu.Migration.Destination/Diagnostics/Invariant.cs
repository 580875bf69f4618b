using System.Diagnostics.CodeAnalysis;

namespace Qemu.Migration.Destination.Diagnostics;

/// <summary>A fault of our own: never of the peer's bytes, never of the caller.</summary>
/// <param name="message">What should have held.</param>
internal sealed class InvariantException(string message) : Exception("invariant violated: " + message);

/// <summary>Says what must hold whatever the peer sends. A violation is a bug in this program and ends it.</summary>
internal static class Invariant
{
    /// <summary>Throws unless a condition holds.</summary>
    /// <param name="condition">What must hold.</param>
    /// <param name="message">The same in words.</param>
    /// <exception cref="InvariantException">It does not hold.</exception>
    public static void Holds([DoesNotReturnIf(false)] bool condition, string message)
    {
        if (!condition)
            throw new InvariantException(message);
    }
}
