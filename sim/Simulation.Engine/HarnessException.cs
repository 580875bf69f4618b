namespace Simulation.Engine;

/// <summary>
/// The harness itself is wrong, not what it tests: code escaped from the loop's thread, or used the engine against its contract.
/// Never a finding; a campaign that sees one stops with its own exit code.
/// </summary>
public sealed class HarnessException : Exception
{
    /// <summary>Reports a fault of the harness.</summary>
    /// <param name="message">What was done that must not be, and by which logical task.</param>
    public HarnessException(string message)
        : base(message)
    {
    }
}
