using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Simulation.Engine.Choices;
using Simulation.Scenarios.Tokens;

namespace Simulation.Scenarios.Shrinking;

/// <summary>
/// A case written out: the scenario in full and the decisions of its schedule, where a token has only the seed they were drawn from.
/// It goes on meaning the same when the generator draws something else for that seed.
/// </summary>
public sealed record Recipe
{
    // Quotation marks of sentences stay as they are: nobody puts a recipe into HTML.
    private static readonly RecipeJsonContext Json = new(
        new JsonSerializerOptions(RecipeJsonContext.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    // What a scenario leaves plain is no part of its name, so that names outlive members that are added later.
    private static readonly RecipeJsonContext NameJson = new(
        new JsonSerializerOptions(RecipeJsonContext.Default.Options) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault });

    /// <summary>Version of this JSON layout; other versions are refused.</summary>
    public const int FormatVersion = 1;

    /// <summary>The check of a case in which the harness itself failed.</summary>
    public const string HarnessCheck = "Harness";

    /// <summary>Version of the JSON layout, <see cref="FormatVersion"/>.</summary>
    public int Format { get; init; } = FormatVersion;

    /// <summary>The property that was violated when the case was found: the name of its check.</summary>
    public required string Check { get; init; }

    /// <summary>What was seen then, one sentence, or null.</summary>
    public string? Message { get; init; }

    /// <summary>The token of the run in which it was found, perhaps of an earlier generator: what replays it is the scenario.</summary>
    public required string FoundWith { get; init; }

    /// <summary>The schedule in words, or null where the scenario's own strategy decides.</summary>
    public string? Schedule { get; init; }

    /// <summary>The decisions, as <see cref="ChoiceLog.Format()"/> writes them; null where the strategy decides.</summary>
    public string? Choices { get; init; }

    /// <summary>The scenario.</summary>
    public required ScenarioOptions Options { get; init; }

    /// <summary>A name that two different cases will not share: the check and eight digits of the content's hash.</summary>
    [JsonIgnore]
    public string Name => string.Create(
        CultureInfo.InvariantCulture, $"{Check}-{StableHash.OfText(Essence(Options) + ToChoices()?.FormatValues()) >> 32:x8}");

    /// <summary>A scenario without what it leaves plain, so that members that are added later change nothing.</summary>
    internal static string Essence(ScenarioOptions options) => JsonSerializer.Serialize(options, NameJson.ScenarioOptions);

    /// <summary>Reads a case.</summary>
    /// <param name="json">What <see cref="ToJson"/> wrote.</param>
    /// <returns>The case, its scenario valid.</returns>
    /// <exception cref="FormatException">It is none; the message says where.</exception>
    public static Recipe Parse(string json)
    {
        Recipe? recipe;
        try
        {
            recipe = JsonSerializer.Deserialize(json, RecipeJsonContext.Default.Recipe);
        }
        catch (JsonException error)
        {
            throw new FormatException($"not a recipe: {error.Message}", error);
        }

        if (recipe is null)
            throw new FormatException("a recipe is a JSON object, not null");
        if (recipe.Format != FormatVersion)
            throw new FormatException($"not a recipe: format {recipe.Format} is not {FormatVersion}");
        if (recipe.Options.Problem() is { } problem)
            throw new FormatException($"not a recipe: {problem}");
        recipe.ToChoices();
        return recipe;
    }

    /// <summary>Writes the case.</summary>
    /// <returns>Indented JSON with a final line break; equal cases give equal text.</returns>
    public string ToJson() => JsonSerializer.Serialize(this, Json.Recipe) + "\n";

    /// <summary>The decisions to replay.</summary>
    /// <returns>Null where the strategy decides.</returns>
    /// <exception cref="FormatException"><see cref="Choices"/> cannot be read.</exception>
    public ChoiceLog? ToChoices() => Choices is null ? null : ChoiceLog.Parse(Choices);
}

/// <summary>JSON of recipes, in the manner of scenarios.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, UseStringEnumConverter = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(Recipe))]
internal sealed partial class RecipeJsonContext : JsonSerializerContext;
