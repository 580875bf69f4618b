namespace Fuzzing.Xunit;

/// <summary>An input for which a fuzz target fails.</summary>
/// <param name="message">Where the input is, and what is wrong.</param>
public sealed class InputFailedException(string message) : Exception(message);
