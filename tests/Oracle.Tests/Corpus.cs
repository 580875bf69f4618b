namespace Oracle.Tests;

/// <summary>Finds the corpus above the folder that the tests run in.</summary>
internal static class Corpus
{
    public static string Folder(string name)
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            string path = Path.Combine(at.FullName, "corpus", name);
            if (Directory.Exists(path))
                return path;
        }

        throw new DirectoryNotFoundException($"corpus/{name} is in no folder above the tests");
    }
}
