using System.Security.Cryptography;

namespace Fuzzing.Engine.Corpus;

/// <summary>
/// Inputs as files of one folder, each named by its content, so that several jobs and engines may add to it at once and none adds what
/// is there.
/// </summary>
/// <param name="path">The folder; made with the first file.</param>
/// <param name="avoided">Inputs that are not read, as <see cref="NameOf"/> names them, whatever their files are called.</param>
public sealed class CorpusFolder(string path, params IReadOnlyList<string> avoided)
{
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    /// <summary>The folder.</summary>
    public string FolderPath => path;

    /// <summary>The name of an input's file.</summary>
    /// <param name="input">The input.</param>
    /// <returns>40 hexadecimal digits, as libFuzzer names files.</returns>
    public static string NameOf(ReadOnlySpan<byte> input)
    {
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
#pragma warning disable CA5350 // A name as libFuzzer and AFL++ give it, no secret.
        SHA1.HashData(input, hash);
#pragma warning restore CA5350
        return Convert.ToHexStringLower(hash);
    }

    /// <summary>Writes an input down unless it is there.</summary>
    /// <param name="input">The input.</param>
    public void Save(ReadOnlySpan<byte> input)
    {
        string name = NameOf(input);
        _known.Add(name);
        string file = Path.Combine(path, name);
        if (File.Exists(file))
            return;
        Directory.CreateDirectory(path);

        // A reader sees the whole file or none.
        string partial = Path.Combine(path, $".{name}.{Environment.ProcessId}");
        File.WriteAllBytes(partial, input);
        File.Move(partial, file, overwrite: true);
    }

    /// <summary>Reads the inputs that were neither read nor written here before.</summary>
    /// <returns>Name and content, in the order of the names; unreadable and vanished files are left out.</returns>
    public IEnumerable<(string Name, byte[] Content)> ReadNews()
    {
        if (!Directory.Exists(path))
            yield break;
        foreach (string file in Directory.EnumerateFiles(path).Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileName(file);
            if (name.StartsWith('.') || !_known.Add(name) || Read(file) is not { } content)
                continue;
            if (avoided.Count > 0 && avoided.Contains(NameOf(content)))
                continue;
            yield return (name, content);
        }
    }

    private static byte[]? Read(string file)
    {
        try
        {
            return File.ReadAllBytes(file);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
