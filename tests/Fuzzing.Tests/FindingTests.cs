using Fuzzing.Engine;
using Fuzzing.Engine.Execution;

namespace Fuzzing.Tests;

public sealed class FindingTests
{
    [Fact]
    public void Violations_of_one_property_have_one_signature_whatever_was_seen()
    {
        Finding one = Finding.Of(new FindingException("a page is counted once", "3 pages"));
        Finding other = Finding.Of(new FindingException("a page is counted once", "4 pages"));
        Assert.Equal(one.Signature, other.Signature);
        Assert.NotEqual(one.Signature, Finding.Of(new FindingException("a page is counted", "3 pages")).Signature);
        Assert.Equal("a page is counted once: 3 pages", one.Summary);
    }

    [Fact]
    public void Signature_of_a_death_is_its_frames_without_lines()
    {
        const string stack = "Fatal error. System.AccessViolationException\n   at Qemu.Migration.Wire.Xbzrle.TryDecode(System.ReadOnlySpan`1<Byte>) in a.cs:line {0}\n";
        Finding one = Finding.OfDeath("crash", stack.Replace("{0}", "3", StringComparison.Ordinal));
        Finding other = Finding.OfDeath("crash", stack.Replace("{0}", "4", StringComparison.Ordinal));
        Assert.Equal(one.Signature, other.Signature);
        Assert.StartsWith("crash-", one.Signature);
        Assert.NotEqual(one.Signature, Finding.OfDeath("crash", "Fatal error.\n   at Qemu.Migration.Wire.Other()").Signature);
    }

    [Fact]
    public void Violation_that_does_not_happen_puts_no_text_together()
    {
        FindingException.Unless(true, "nothing", $"{Loud()}");
        Assert.Throws<InvalidOperationException>(() => FindingException.Unless(false, "something", $"{Loud()}"));

        static string Loud() => throw new InvalidOperationException("text was put together");
    }

    [Fact]
    public void Run_that_allocates_without_bound_is_a_finding()
    {
        using InputBuffer buffer = new(16);
        Executor executor = new(new Glutton(), buffer);
        Assert.Null(executor.Run([0, 0]));
        Assert.StartsWith("memory-", executor.Run([1, 0])?.Signature);
    }

    [Fact]
    public void Memory_that_is_taken_for_two_things_is_two_findings()
    {
        using InputBuffer buffer = new(16);
        Executor executor = new(new Glutton(), buffer);
        Finding bytes = executor.Run([1, 0])!;
        Finding numbers = executor.Run([0, 1])!;
        Assert.Contains("System.Byte[]", bytes.Summary, StringComparison.Ordinal);
        Assert.Contains("System.Int64[]", numbers.Summary, StringComparison.Ordinal);
        Assert.NotEqual(bytes.Signature, numbers.Signature);
    }

    [Fact]
    public void Memory_that_other_threads_take_is_not_the_runs()
    {
        using InputBuffer buffer = new(16);
        using CancellationTokenSource stop = new();
        Thread[] others = [.. Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
                GC.KeepAlive(new string[1 << 20]);
        }))];
        Array.ForEach(others, other => other.Start());
        Finding bytes = new Executor(new Glutton(), buffer).Run([1, 0])!;
        stop.Cancel();
        Array.ForEach(others, other => other.Join());
        Assert.Contains("most of them for System.Byte[]", bytes.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Hangs_in_two_places_are_two_findings()
    {
        Finding one = Finding.Of(new FindingException(FindingException.Hang, "status Active", "at A.One"));
        Assert.NotEqual(one.Signature, Finding.Of(new FindingException(FindingException.Hang, "status Active", "at A.Two")).Signature);
        Assert.Equal(one.Signature, Finding.Of(new FindingException(FindingException.Hang, "status Setup", "at A.One")).Signature);
        Assert.Contains("at A.One", one.Detail, StringComparison.Ordinal);
    }

    private sealed class Glutton : FuzzTarget
    {
        public override string Name => "glutton";

        public override string Covers => "";

        public override string Asserts => "";

        protected override void RunInput(ReadOnlyMemory<byte> input)
        {
            for (int i = 0; i < 100 * input.Span[0]; i++)
                GC.KeepAlive(new byte[1 << 20]);
            for (int i = 0; i < 100 * input.Span[1]; i++)
                GC.KeepAlive(new long[1 << 17]);
        }
    }
}
