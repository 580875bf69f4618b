using Scenarios.Tests.Checks.Lies;
using Simulation.Scenarios;
using Simulation.Scenarios.Checks;

namespace Scenarios.Tests.Checks;

public sealed class CheckCatalogueTests
{
    private static readonly Doctoring[] Doctorings =
    [
        .. EndLies.All, .. StatusLies.All, .. VerdictLies.All, .. RamLies.All, .. WireCounterLies.All, .. SourceCounterLies.All,
        .. CounterHistoryLies.All, .. FinalFigureLies.All, .. RemainingLies.All, .. PhaseLies.All, .. RateLies.All, .. TimeLies.All,
        .. EventLies.All, .. GuestLies.All, .. ReturnPathLies.All, .. ConnectionLies.All, .. ControlPlaneLies.All, .. MemoryLies.All,
        .. PostcopyLies.All,
    ];

    public static TheoryData<string> Checks { get; } = new(CheckCatalogue.All.Select(check => check.Name));

    public static TheoryData<string, string> Lies { get; } = MakeLies();

    [Theory]
    [MemberData(nameof(Lies))]
    public void Check_believes_the_truth_about_a_run_and_names_the_lie(string check, string lie)
    {
        Doctoring doctoring = Doctorings.Single(one => one.Check == check && one.Lie == lie);
        DoctoredCheck doctored = new(doctoring);
        using ScenarioRunner runner = new([doctored]);
        RunResult result = runner.Run(doctoring.Scenario);
        Assert.Null(doctored.OfTheTruth);
        Assert.Equal(Verdict.Violated, result.Verdict);
        Assert.Equal(check, result.Check);
        Assert.Contains(doctored.Expected, result.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Checks))]
    public void Check_of_the_catalogue_is_known_to_fail(string check) => Assert.Contains(Doctorings, one => one.Check == check);

    [Fact]
    public void Checks_are_named_for_different_properties() =>
        Assert.Equal(CheckCatalogue.All.Count, CheckCatalogue.All.Select(check => check.Name).Distinct().Count());

    [Fact]
    public void Every_check_is_in_the_catalogue()
    {
        IEnumerable<Type> checks = typeof(ICheck).Assembly.GetTypes().Where(type => type.IsClass && type.IsAssignableTo(typeof(ICheck)));
        Assert.Equal(checks.Order(ByName), CheckCatalogue.All.Select(check => check.GetType()).Order(ByName));
    }

    private static Comparer<Type> ByName { get; } = Comparer<Type>.Create((a, b) => string.CompareOrdinal(a.Name, b.Name));

    private static TheoryData<string, string> MakeLies()
    {
        TheoryData<string, string> lies = [];
        foreach (Doctoring doctoring in Doctorings)
            lies.Add(doctoring.Check, doctoring.Lie);
        return lies;
    }
}
