using System.Text.Json;
using Fuzzing.Runner.Campaigns;
using Fuzzing.Runner.Workers;
using Spectre.Console;

namespace Fuzzing.Runner.Output;

/// <summary>Tells each finding of a session once.</summary>
/// <param name="settings">What the session does.</param>
/// <param name="console">Where people read.</param>
internal sealed class FindingReport(FuzzSettings settings, IAnsiConsole console)
{
    private readonly FindingStore _store = new(settings.Findings);
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);

    /// <summary>Signatures told.</summary>
    public int Count => _told.Count;

    /// <summary>How the first finding is looked at; null where there is none.</summary>
    public string? HowToReplay => _store.Leaders().FirstOrDefault() is { } file
        ? $"fuzz replay {Folders.Shown(file)}{(settings.Bug is { } bug ? $" --target {settings.Target} --bug {bug}" : "")}" : null;

    /// <summary>Tells findings that lie there from earlier sessions: as long as they do, they count.</summary>
    public void TellEarlier()
    {
        int earlier = _store.Leaders().Count();
        if (earlier > 0 && !settings.Json)
            console.WriteLine($"{earlier} findings of earlier sessions lie in {Folders.Shown(settings.Findings)}");
        TellNew();
    }

    /// <summary>Tells findings that were not told.</summary>
    public void TellNew()
    {
        foreach (string file in _store.Leaders())
        {
            if (!_told.Add(FindingStore.SignatureOf(file)))
                continue;
            FindingLine line = new("finding", Folders.Shown(file), FindingStore.SignatureOf(file), FindingStore.SummaryOf(file));
            if (settings.Json)
                Console.Out.WriteLine(JsonSerializer.Serialize(line, OutputJson.Default.FindingLine));
            else
                console.MarkupLineInterpolated($"[red]finding[/] {line.Summary} ({line.File})");
        }
    }
}
