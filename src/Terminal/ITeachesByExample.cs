namespace Terminal;

/// <summary>A command whose help ends in examples.</summary>
internal interface ITeachesByExample
{
    /// <summary>What is done, and the command line that does it.</summary>
    public IReadOnlyList<(string What, string CommandLine)> Examples { get; }
}
