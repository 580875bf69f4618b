using System.Text.Json;
using System.Text.Json.Serialization;
using Simulation.PlantedBugs.Catalogue;
using Simulation.PlantedBugs.Compiling;

namespace Simulation.Runner.Scoring;

/// <summary>The worker's side of a score: looks for one bug after the other, as it is asked.</summary>
/// <param name="Limits">How long to look for each.</param>
/// <param name="Corpus">The folder whose streams are played between simulated runs.</param>
internal sealed record ScoreService(ScoreLimits Limits, string Corpus)
{
    /// <summary>The first answer.</summary>
    private const byte Ready = 0;

    /// <summary>An answer: a run begins; its seed and the thread's processor time follow.</summary>
    public const byte Run = 1;

    /// <summary>An answer: what follows may take its time.</summary>
    public const byte Pause = 2;

    /// <summary>An answer: a bug's score as JSON follows.</summary>
    public const byte Score = 3;

    /// <summary>Reads what <see cref="Format"/> wrote.</summary>
    /// <param name="json">One word of a command line.</param>
    /// <returns>The service.</returns>
    public static ScoreService Parse(string json) => JsonSerializer.Deserialize(json, ScoreServiceJson.Default.ScoreService)!;

    /// <summary>Writes it down for a command line.</summary>
    /// <returns>JSON.</returns>
    public string Format() => JsonSerializer.Serialize(this, ScoreServiceJson.Default.ScoreService);

    /// <summary>Serves.</summary>
    /// <param name="requests">The ids of bugs come here.</param>
    /// <param name="answers">Answers go there, each at once.</param>
    public void Serve(Stream requests, Stream answers)
    {
        using BinaryReader reader = new(requests);
        using BinaryWriter writer = new(new BufferedStream(answers));
        DestinationCompiler compiler = new();
        IReadOnlyList<string> corpus = CorpusSlices.FilesIn(Corpus);
        BugExam exam = new(compiler, corpus, Limits, seed => Tell(writer, seed));
        writer.Write(Ready);
        writer.Flush();
        while (true)
        {
            string bug;
            try
            {
                bug = reader.ReadString();
            }
            catch (EndOfStreamException)
            {
                return;
            }

            string score = JsonSerializer.Serialize(exam.Take(BugCatalogue.Find(bug)!), ScoreServiceJson.Default.BugScore);
            writer.Write(Score);
            writer.Write(score);
            writer.Flush();
        }
    }

    // Before each run, so that one that kills this process is known.
    private static void Tell(BinaryWriter writer, ulong? seed)
    {
        writer.Write(seed is null ? Pause : Run);
        writer.Write(seed ?? 0);
        writer.Write(ThreadClock.Now.Ticks);
        writer.Flush();
    }
}

/// <summary>How a score crosses from process to process.</summary>
[JsonSourceGenerationOptions(IgnoreReadOnlyProperties = true)]
[JsonSerializable(typeof(ScoreService))]
[JsonSerializable(typeof(BugScore))]
internal sealed partial class ScoreServiceJson : JsonSerializerContext;
