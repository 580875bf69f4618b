using System.ComponentModel;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Fuzzing.Xunit;

/// <summary>Makes a test of each method that is a <see cref="FuzzTargetAttribute"/>.</summary>
/// <param name="diagnostics">Where xunit hears of trouble.</param>
public sealed class FuzzTargetDiscoverer(IMessageSink diagnostics) : IXunitTestCaseDiscoverer
{
    /// <inheritdoc/>
    public IEnumerable<IXunitTestCase> Discover(ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo factAttribute) =>
        [new FuzzTestCase(diagnostics, discoveryOptions.MethodDisplayOrDefault(), discoveryOptions.MethodDisplayOptionsOrDefault(), testMethod)];
}

/// <summary>A fuzz target as xunit runs it.</summary>
public sealed class FuzzTestCase : XunitTestCase
{
    /// <summary>For xunit, which reads it from what it has written.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    [Obsolete("Called by xunit.")]
    public FuzzTestCase()
    {
    }

    /// <summary>Makes a test.</summary>
    /// <param name="diagnostics">Where xunit hears of trouble.</param>
    /// <param name="display">How its name is shown.</param>
    /// <param name="options">The same.</param>
    /// <param name="method">The method.</param>
    public FuzzTestCase(IMessageSink diagnostics, TestMethodDisplay display, TestMethodDisplayOptions options, ITestMethod method)
        : base(diagnostics, display, options, method)
    {
    }

    /// <inheritdoc/>
    public override Task<RunSummary> RunAsync(
        IMessageSink diagnosticMessageSink, IMessageBus messageBus, object[] constructorArguments, ExceptionAggregator aggregator,
        CancellationTokenSource cancellationTokenSource)
    {
        if (SkipReason is not null)
            return base.RunAsync(diagnosticMessageSink, messageBus, constructorArguments, aggregator, cancellationTokenSource);
        XunitTest test = new(this, DisplayName);
        messageBus.QueueMessage(new TestStarting(test));
        ExecutionTimer timer = new();
        RunSummary summary = new() { Total = 1 };
        string told = "";
        try
        {
            timer.Aggregate(() => told = FuzzedMethod.Check(TestMethod.Method.ToRuntimeMethod()));
            messageBus.QueueMessage(new TestPassed(test, timer.Total, told));
        }
        catch (Exception error)
        {
            summary.Failed = 1;
            messageBus.QueueMessage(new TestFailed(test, timer.Total, told, error));
        }
        messageBus.QueueMessage(new TestFinished(test, timer.Total, told));
        summary.Time = timer.Total;
        return Task.FromResult(summary);
    }
}
