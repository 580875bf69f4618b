namespace Fuzzing.Runner;

/// <summary>The harness itself has failed: a worker that does not come up, a tool that is missing.</summary>
/// <param name="message">One sentence, with what the worker or tool said.</param>
internal sealed class HarnessFailureException(string message) : Exception(message);
