using System.Security.Cryptography;

namespace Processes;

/// <summary>A folder of its own for one test, with a path short enough for Unix sockets.</summary>
public sealed class TemporaryFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("mig").FullName;

    public string this[string name] => Path.Combine(_path, name);

    /// <summary>Makes a named pipe.</summary>
    public string MakePipe(string name)
    {
        using TestProcess made = TestProcess.Start("mkfifo", this[name]);
        Assert.Equal(0, made.Wait().ExitCode);
        return this[name];
    }

    /// <summary>The SHA-256 of a file, in lower-case hexadecimal.</summary>
    public string Sha256(string name) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(this[name])));

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
