namespace Simulation.Engine.Fabric;

/// <summary>The connection was reset: by the peer, by a fault, or because bytes came for a side that had shut down (ECONNRESET).</summary>
/// <param name="message">Which connection.</param>
public sealed class ConnectionResetException(string message) : IOException(message);

/// <summary>Bytes were written behind the own end of the stream (EPIPE).</summary>
/// <param name="message">Which connection.</param>
public sealed class BrokenPipeException(string message) : IOException(message);

/// <summary>Nobody listens at the address (ECONNREFUSED).</summary>
/// <param name="message">Which address.</param>
public sealed class ConnectionRefusedException(string message) : IOException(message);
