using System.Text.Json;
using Simulation.PlantedBugs.Compiling;
using Simulation.PlantedBugs.Generating;

namespace Simulation.Runner.Generated;

/// <summary>The side of <see cref="HuntProcess"/> that hunts: a request a line on standard input, a result a line on standard output.</summary>
internal static class HuntServer
{
    /// <summary>The word on the command line that starts it.</summary>
    public const string Verb = "hunt-mutants";

    /// <summary>Answers until the input ends.</summary>
    /// <returns>An exit code.</returns>
    public static int Run()
    {
        DestinationCompiler compiler = new();
        Dictionary<string, Mutant> mutants = MutantCatalogue.All(compiler).ToDictionary(mutant => mutant.Bug.Id, StringComparer.Ordinal);
        (string Id, MutantHunter? Hunter) last = ("", null);
        while (Console.In.ReadLine() is { } line)
        {
            HuntRequest request = JsonSerializer.Deserialize(line, HuntJson.Default.HuntRequest)!;
            if (last.Id != request.Mutant)
            {
                Mutant mutant = mutants[request.Mutant];
                last = (request.Mutant, new(mutant.Bug, compiler.Compile(mutant.Bug), request.Corpus));
            }

            HuntResult result = last.Hunter!.Hunt(request.Hunter, TimeSpan.FromSeconds(request.BudgetSeconds));
            Console.Out.WriteLine(JsonSerializer.Serialize(result, HuntJson.Default.HuntResult));
        }

        return ExitCode.Passed;
    }
}
