namespace Simulation.Conformance;

/// <summary>A destination that somebody gives as a line of shell. In it <c>{qmp}</c> is the path of the socket on which it serves QMP, <c>{ram}</c> the
/// file with the RAM of the block <c>m0</c>, 1 MiB long, and <c>{uri}</c> where its migration comes from: without that it waits for migrate-incoming.</summary>
/// <param name="Line">The line.</param>
internal sealed record CommandProgram(string Line) : IDestinationProgram
{
    private const string Monitor = "{qmp}";
    private const string Ram = "{ram}";
    private const string Uri = "{uri}";

    /// <inheritdoc/>
    public string Name => Path.GetFileName(Line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0]);

    /// <inheritdoc/>
    public string Version => Line;

    /// <inheritdoc/>
    public bool IsOurs => false;

    /// <inheritdoc/>
    public bool ListensByItself => Line.Contains(Uri, StringComparison.Ordinal);

    /// <inheritdoc/>
    public bool HasFixedMachine => true;

    /// <inheritdoc/>
    public SourceDialect Dialect => SourceDialect.Today;

    /// <inheritdoc/>
    public IReadOnlyList<string> Arguments => ["--under-test", Line];

    /// <summary>Whether a text is such a line.</summary>
    /// <param name="text">The text.</param>
    public static bool Is(string text) => text.Contains(Monitor, StringComparison.Ordinal) && text.Contains(Ram, StringComparison.Ordinal);

    /// <inheritdoc/>
    public DestinationCommand CommandFor(RefereeCase played, DestinationFiles files)
    {
        string line = Line.Replace(Monitor, files.Monitor, StringComparison.Ordinal)
            .Replace(Ram, files.Ram, StringComparison.Ordinal)
            .Replace(Uri, files.UriOf(played), StringComparison.Ordinal);

        // The shell gives its place to the program, so that it is the program that is watched.
        return new("/bin/sh", ["-c", $"exec {line}"]) { ServesMonitorSocket = true };
    }
}

/// <summary>There is no such destination.</summary>
internal sealed class DestinationMissingException(string message) : Exception(message);
