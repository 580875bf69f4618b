using Simulation.Scenarios.Checks;

namespace Scenarios.Tests.Checks.Lies;

internal static class ConnectionLies
{
    public static IEnumerable<Doctoring> All =>
    [
        Doctoring.Of<StrangersAreRefused>("a stranger was let in", Samples.Stranger, run =>
        {
            run.Refused.Clear();
            return "connection 'stranger/0' is no migration and was not refused";
        }),
        Doctoring.Of<StrangersAreRefused>("a second source was let in", Samples.SecondSource, run =>
        {
            run.Refused.Clear();
            return "connection 'stranger/0' is no migration and was not refused";
        }),
        Doctoring.Of<StrangersAreRefused>("a connection came late and was let in", Samples.Precopy, run =>
        {
            run.Main!.IsLate = true;
            return "connection 'main' came after the end and was not refused";
        }),
        Doctoring.Of<StrangersAreRefused>("the source was refused and let in", Samples.Stranger, run =>
        {
            run.Refused.Add("main");
            return "the main channel was refused and the migration became active";
        }),
    ];
}
