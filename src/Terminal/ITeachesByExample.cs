namespace Terminal;

/// <summary>A command whose help ends in examples.</summary>
internal interface ITeachesByExample
{
    /// <summary>What an example does, and its command line.</summary>
    public IReadOnlyList<(string What, string CommandLine)> Examples { get; }
}
