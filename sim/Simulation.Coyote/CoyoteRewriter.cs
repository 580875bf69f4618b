#pragma warning disable RS0030 // The rewriter is a program that works on files: this file is where it is started.

using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using Qemu.Migration.Destination;
using Qemu.Migration.Wire;
using Simulation.Engine.Loop;
using Simulation.Schedules.Models;

namespace Simulation.Coyote;

/// <summary>The destination, the models and this room, rewritten for Coyote.</summary>
/// <param name="Assemblies">The PE images by the assemblies' simple names.</param>
public sealed record RewrittenImage(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Assemblies);

/// <summary>Rewrites copies of assemblies with Coyote's tool, which lies beside the output; the originals stay as they are.</summary>
public static class CoyoteRewriter
{
    /// <summary>What is rewritten: all that a schedule runs through, but for the engine, which Coyote need not see.</summary>
    public static IReadOnlyList<Assembly> Rewritten { get; } =
        [typeof(IncomingMigration).Assembly, typeof(ScheduleModel).Assembly, typeof(CoyoteRewriter).Assembly];

    /// <summary>Rewrites this room, the models and a destination.</summary>
    /// <param name="destination">The destination's PE image; null for the one that this process has.</param>
    /// <returns>What came of it.</returns>
    /// <exception cref="Engine.HarnessException">The tool failed; the message has what it said.</exception>
    public static RewrittenImage Rewrite(ReadOnlyMemory<byte>? destination = null)
    {
        string[] files = [.. Rewritten.Select(assembly => Path.GetFileName(assembly.Location))];
        DirectoryInfo folder = Directory.CreateTempSubdirectory("schedules-");
        try
        {
            string input = folder.CreateSubdirectory("in").FullName;
            string output = folder.CreateSubdirectory("out").FullName;
            string home = Path.GetDirectoryName(typeof(CoyoteRewriter).Assembly.Location)!;
            foreach (string file in (string[])[.. Neighbours, .. files])
                File.Copy(Path.Combine(home, file), Path.Combine(input, file));
            if (destination is { } image)
                File.WriteAllBytes(Path.Combine(input, files[0]), image.ToArray());
            string settings = Path.Combine(folder.FullName, "coyote.json");
            File.WriteAllText(settings, $$"""
                {
                  "AssembliesPath": "{{JsonEncodedText.Encode(input)}}",
                  "OutputPath": "{{JsonEncodedText.Encode(output)}}",
                  "Assemblies": ["{{string.Join("\", \"", files)}}"],
                  "IsRewritingMemoryLocations": false
                }
                """);
            Run(Path.Combine(home, "coyote", "coyote.dll"), settings);
            return new(files.ToDictionary(
                file => Path.GetFileNameWithoutExtension(file),
                file => (ReadOnlyMemory<byte>)File.ReadAllBytes(Path.Combine(output, file))));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // What the rewriter must be able to look into, and leaves alone.
    private static string[] Neighbours =>
    [
        Path.GetFileName(typeof(MultifdPacket).Assembly.Location), Path.GetFileName(typeof(SimulationLoop).Assembly.Location),
        "ZstdSharp.dll", "Microsoft.Coyote.dll", "Microsoft.Coyote.Test.dll",
    ];

    private static void Run(string tool, string settings)
    {
        ProcessStartInfo start = new("dotnet", ["exec", "--roll-forward", "Major", tool, "rewrite", settings])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["COYOTE_CLI_TELEMETRY_OPTOUT"] = "1";
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string said = process.StandardOutput.ReadToEnd() + errors.Result;
        process.WaitForExit();
        if (process.ExitCode != 0 || said.Contains("Failed", StringComparison.Ordinal))
            throw new Engine.HarnessException($"Coyote's rewriter failed: {said}");
    }
}
