using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Qemu.Migration.Destination;

namespace Incoming.Tests;

/// <summary>
/// The tables of capabilities and parameters beside what three releases of QEMU answered (<c>Answers</c>): names from
/// <c>query-migrate-capabilities</c> and <c>query-migrate-parameters</c>, types from <c>query-qmp-schema</c>, and the numbers that
/// <c>migrate-set-parameters</c> took and refused.
/// </summary>
public sealed class QemuReleasesTests
{
    public static TheoryData<QemuReleases, string> Releases => new()
    {
        { QemuReleases.V7_2, "7.2.22" }, { QemuReleases.V10_0, "10.0.2" }, { QemuReleases.V11_1, "11.1.3" },
    };

    [Theory]
    [MemberData(nameof(Releases))]
    public void Capabilities_of_a_release_are_those_it_names(QemuReleases release, string version)
    {
        Assert.Equal(
            Answers(version)["capabilities"]!.AsArray().Select(name => (string)name!), MigrationCapabilities.NamesOf(release));
    }

    [Theory]
    [MemberData(nameof(Releases))]
    public void Parameters_of_a_release_are_those_it_names_with_its_defaults(QemuReleases release, string version)
    {
        JsonObject real = Answers(version)["parameters"]!.AsObject();
        JsonObject ours = Written(new());

        Assert.Equal(real.Select(p => p.Key).Order(), MigrationParameters.NamesOf(release).Order());
        Assert.All(real, p => Assert.Equal(p.Value!["default"]?.ToJsonString(), ours[p.Key]?.ToJsonString()));
    }

    [Theory]
    [MemberData(nameof(Releases))]
    public void Parameters_take_the_values_that_a_release_takes_and_no_other(QemuReleases release, string version)
    {
        foreach ((string name, JsonNode? told) in Answers(version)["parameters"]!.AsObject())
        {
            foreach (JsonNode? value in told!["accepts"]?.AsArray() ?? [])
                Assert.True(Set(name, value) is null, $"{release} accepts {name} {value}");
            foreach (JsonNode? value in told["refuses"]?.AsArray() ?? [])
                Assert.True(Set(name, value) is not null, $"{release} refuses {name} {value}");
            foreach (JsonNode? value in told["type"] is JsonObject type ? type["enum"]!.AsArray() : [])
                Assert.True(Set(name, value) is null, $"{release} accepts {name} {value}");
        }
    }

    [Theory]
    [MemberData(nameof(Releases))]
    public void Parameters_refuse_values_of_another_type(QemuReleases release, string version)
    {
        foreach ((string name, JsonNode? told) in Answers(version)["parameters"]!.AsObject())
        {
            string[] wrong = told!["type"]!.ToJsonString() switch
            {
                "\"int\"" => ["\"x\"", "true", "1.5", "null", "[]", "{}"],
                "\"boolean\"" => ["\"x\"", "1", "null", "[]", "{}"],
                "\"array\"" => ["\"x\"", "1", "true", "null", "{}", "[1]"],
                "[\"string\",\"null\"]" => ["1", "true", "[]", "{}"],
                _ => ["\"x\"", "1", "true", "null", "[]", "{}"],
            };
            Assert.All(wrong, value => Assert.True(Set(name, JsonNode.Parse(value)) is not null, $"{release}: {name} {value}"));
        }
    }

    private static string? Set(string name, JsonNode? value)
    {
        using JsonDocument document = JsonDocument.Parse(new JsonObject { [name] = value?.DeepClone() }.ToJsonString());
        return new MigrationParameters().TrySet(document.RootElement);
    }

    private static JsonObject Written(MigrationParameters parameters)
    {
        using MemoryStream json = new();
        using (Utf8JsonWriter writer = new(json))
            parameters.WriteTo(writer);
        return JsonNode.Parse(Encoding.UTF8.GetString(json.ToArray()))!.AsObject();
    }

    private static JsonNode Answers(string version) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Answers", version + ".json")))!;
}
