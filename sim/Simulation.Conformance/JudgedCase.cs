namespace Simulation.Conformance;

/// <summary>A case that was heard with one QEMU, or that could not be.</summary>
/// <param name="Qemu">The QEMU.</param>
/// <param name="Case">The case; null where it could not even be made.</param>
/// <param name="Hearing">What the three made of it; null where the harness failed.</param>
/// <param name="Ruling">The ruling; null where the harness failed.</param>
/// <param name="Failure">What kept the harness from hearing it, or null.</param>
internal sealed record JudgedCase(QemuProgram Qemu, RefereeCase? Case, Hearing? Hearing, Ruling? Ruling, string? Failure)
{
    /// <summary>Arguments of <c>simulate referee</c> that judge it again.</summary>
    public IReadOnlyList<string> Arguments => [.. Case?.Arguments ?? [], .. Qemu.Arguments];
}
