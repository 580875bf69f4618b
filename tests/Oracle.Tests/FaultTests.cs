using Simulation.Oracle;

namespace Oracle.Tests;

/// <summary>Everything that must fail, and where.</summary>
public sealed class FaultTests
{
    public static TheoryData<string> Names => new(FaultCases.All.Select(fault => fault.Name));

    [Theory]
    [MemberData(nameof(Names))]
    public void Bad_migration_fails_for_its_reason_at_its_record(string name)
    {
        FaultCase expected = FaultCases.All.Single(fault => fault.Name == name);
        OracleVerdict verdict = new OracleReader().Read(expected.Input);

        Assert.Equal(expected.Outcome, verdict.Outcome);
        bool mayRun = verdict.OutcomeDependsOnTiming || expected.Outcome == OracleOutcome.Paused;
        Assert.Equal(mayRun ? "running" : "inmigrate", verdict.FinalRunState);
        Assert.NotNull(verdict.Fault);
        Assert.Equal(
            (expected.Kind, expected.Connection, expected.RecordOffset),
            (verdict.Fault.Kind, verdict.Fault.Connection, verdict.Fault.RecordOffset));
        OracleConnection faulty = verdict.Fault.Leg > 0 ? expected.Input.Recoveries[verdict.Fault.Leg - 1].Main
            : expected.Connection == 0 ? expected.Input.Main
            : expected.Input.Channels[expected.Connection - 1];
        Assert.InRange(verdict.Fault.FieldOffset, verdict.Fault.RecordOffset, faulty.Bytes.Length);
    }

    [Fact]
    public void Every_kind_of_fault_has_a_case()
    {
        IEnumerable<OracleFaultKind> covered = FaultCases.All.Select(fault => fault.Kind);

        Assert.Empty(Enum.GetValues<OracleFaultKind>().Except(covered));
    }
}
