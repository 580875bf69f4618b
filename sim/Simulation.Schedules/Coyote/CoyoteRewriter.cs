#pragma warning disable RS0030 // The rewriter is a program that works on files: this file is where it is started.

using System.Diagnostics;
using System.Text.Json;
using Qemu.Migration.Destination;
using Qemu.Migration.Wire;
using Simulation.Engine.Loop;

namespace Simulation.Schedules.Coyote;

/// <summary>The destination and this room, rewritten for Coyote.</summary>
/// <param name="Destination">The PE image of <c>Qemu.Migration.Destination</c>.</param>
/// <param name="Schedules">The PE image of <c>Simulation.Schedules</c>.</param>
public sealed record RewrittenImage(ReadOnlyMemory<byte> Destination, ReadOnlyMemory<byte> Schedules);

/// <summary>Rewrites copies of assemblies with Coyote's tool, which lies beside the output; the originals stay as they are.</summary>
public static class CoyoteRewriter
{
    /// <summary>Rewrites this room and a destination.</summary>
    /// <param name="destination">The destination's PE image; null for the one that this process has.</param>
    /// <returns>What came of it.</returns>
    /// <exception cref="Engine.HarnessException">The tool failed; the message has what it said.</exception>
    public static RewrittenImage Rewrite(ReadOnlyMemory<byte>? destination = null)
    {
        string destinationFile = Path.GetFileName(typeof(IncomingMigration).Assembly.Location);
        string schedulesFile = Path.GetFileName(typeof(CoyoteRewriter).Assembly.Location);
        DirectoryInfo folder = Directory.CreateTempSubdirectory("schedules-");
        try
        {
            string input = folder.CreateSubdirectory("in").FullName;
            string output = folder.CreateSubdirectory("out").FullName;
            string home = Path.GetDirectoryName(typeof(CoyoteRewriter).Assembly.Location)!;
            foreach (string file in (string[])[.. Neighbours, destinationFile, schedulesFile])
                File.Copy(Path.Combine(home, file), Path.Combine(input, file));
            if (destination is { } image)
                File.WriteAllBytes(Path.Combine(input, destinationFile), image.ToArray());
            string settings = Path.Combine(folder.FullName, "coyote.json");
            File.WriteAllText(settings, $$"""
                {
                  "AssembliesPath": "{{JsonEncodedText.Encode(input)}}",
                  "OutputPath": "{{JsonEncodedText.Encode(output)}}",
                  "Assemblies": ["{{destinationFile}}", "{{schedulesFile}}"],
                  "IsRewritingMemoryLocations": false
                }
                """);
            Run(Path.Combine(home, "coyote", "coyote.dll"), settings);
            return new(File.ReadAllBytes(Path.Combine(output, destinationFile)), File.ReadAllBytes(Path.Combine(output, schedulesFile)));
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
