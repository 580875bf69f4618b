namespace Qemu.Migration.Destination.Qapi;

/// <summary>Which capabilities exclude or require each other, with the error texts of QEMU 10.0.2. Unlike there, and as in 11.1,
/// <c>postcopy-ram</c> goes with <c>multifd</c>. <c>compress</c> and <c>block</c> of
/// QEMU 7.2 cannot be switched on, because this destination does not read such streams.</summary>
internal static class CapabilityRules
{
    private static readonly string[] NotWithBackgroundSnapshot =
    [
        "postcopy-ram", "dirty-bitmaps", "postcopy-blocktime", "late-block-activate", "return-path", "multifd",
        "pause-before-switchover", "auto-converge", "release-ram", "rdma-pin-all", "xbzrle", "x-colo", "validate-uuid", "zero-copy-send",
    ];

    /// <summary>Checks a set of capabilities.</summary>
    /// <param name="wanted">The capabilities as they would be.</param>
    /// <param name="compression">Parameter <c>multifd-compression</c>.</param>
    /// <returns>What is wrong, or null.</returns>
    public static string? Check(MigrationCapabilities wanted, string compression)
    {
        if (wanted["compress"])
            return "Capability 'compress' is not supported: this destination does not read compressed pages of QEMU before 9.1";
        if (wanted["block"])
            return "Capability 'block' is not supported: there are no block devices";
        if (wanted["postcopy-ram"] && wanted["x-ignore-shared"])
            return "Postcopy is not compatible with ignore-shared";
        if (wanted["background-snapshot"] && NotWithBackgroundSnapshot.FirstOrDefault(name => wanted[name]) is { } other)
            return $"Background-snapshot is not compatible with {other}";
        if (wanted["zero-copy-send"] && (!wanted["multifd"] || wanted["xbzrle"] || compression != "none"))
            return "Zero copy only available for non-compressed non-TLS multifd migration";
        if (wanted["postcopy-preempt"] && !wanted["postcopy-ram"])
            return "Postcopy preempt requires postcopy-ram";
        if (wanted["switchover-ack"] && !wanted["return-path"])
            return "Capability 'switchover-ack' requires capability 'return-path'";
        if (wanted["dirty-limit"])
        {
            return wanted["auto-converge"]
                ? "dirty-limit conflicts with auto-converge either of then available currently"
                : "dirty-limit requires KVM with accelerator property 'dirty-ring-size' set";
        }
        if (wanted["multifd"] && wanted["xbzrle"])
            return "Multifd is not compatible with xbzrle";
        if (wanted["mapped-ram"] && wanted["xbzrle"])
            return "Mapped-ram migration is incompatible with xbzrle";
        return wanted["mapped-ram"] && wanted["postcopy-ram"] ? "Mapped-ram migration is incompatible with postcopy" : null;
    }
}
