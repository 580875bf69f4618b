using System.Diagnostics;
using System.Globalization;
using TestKit;

namespace Migration.Benchmarks;

/// <summary>
/// The time from the QMP command that touches a page until the page's content is in the RAM's file. QEMU gets <c>pmemsave</c>,
/// <c>incoming</c> gets <c>x-touch</c>. Each page has arrived before the next is touched.
/// </summary>
internal static class TouchSpeed
{
    private const long RamBytes = 1L << 30;
    private const int PageBytes = 4096;
    private const int MostTouches = 1000;
    private const int WarmUpTouches = 50;
    private const uint LookMicroseconds = 5;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private sealed record Receiver(string Name, Func<string, ProcessStartInfo> Start, Func<long, string> Touch);

    /// <summary>Measures, and prints a Markdown table.</summary>
    /// <param name="incoming">The daemon.</param>
    /// <param name="qemus">The QEMUs.</param>
    /// <param name="rounds">How often each is measured; all touches of its rounds count.</param>
    /// <param name="scratch">A folder in memory; removed in the end.</param>
    public static int Run(string incoming, IReadOnlyList<RealQemu> qemus, int rounds, string scratch)
    {
        Receiver[] receivers = [.. qemus.Select(qemu => new Receiver($"QEMU {qemu.Version}", Qemu(qemu.Program), PmemSave)), new("incoming", Incoming(incoming), XTouch)];
        Console.WriteLine("| receiver | preempt | background pages | touches | median, us | 99th percentile, us |");
        Console.WriteLine("|---|---|---|---:|---:|---:|");
        Nap.BePunctual();
        foreach ((bool preempt, bool background) in ((bool, bool)[])[(false, false), (false, true), (true, false), (true, true)])
        {
            List<double>[] times = [.. receivers.Select(_ => new List<double>())];
            for (int round = 0; round < rounds; round++)
            {
                for (int i = 0; i < receivers.Length; i++)
                    times[i].AddRange(Measure(receivers[i], preempt, background, scratch));
            }
            for (int i = 0; i < receivers.Length; i++)
                Console.WriteLine(Row(receivers[i], preempt, background, times[i]));
        }
        return 0;
    }

    private static string Row(Receiver receiver, bool preempt, bool background, List<double> times)
    {
        times.Sort();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {receiver.Name} | {YesNo(preempt)} | {YesNo(background)} | {times.Count} | {times[times.Count / 2]:N0} | {times[times.Count * 99 / 100]:N0} |");

        static string YesNo(bool value) => value ? "yes" : "no";
    }

    private static List<double> Measure(Receiver receiver, bool preempt, bool background, string scratch)
    {
        Directory.CreateDirectory(scratch);
        try
        {
            using (FileStream ram = new($"{scratch}/ram", FileMode.Create))
                ram.SetLength(RamBytes);
            using Process process = Process.Start(receiver.Start(scratch))!;
            // Whoever hangs is killed, which ends its QMP and with it the wait.
            using Timer guard = new(_ => process.Kill(), null, s_patience, Timeout.InfiniteTimeSpan);
            try
            {
                return Measure(receiver, preempt, background, scratch, process);
            }
            finally
            {
                process.Kill();
                process.WaitForExit();
            }
        }
        finally
        {
            Directory.Delete(scratch, true);
        }
    }

    private static List<double> Measure(Receiver receiver, bool preempt, bool background, string scratch, Process process)
    {
        using ReceiverMonitor qmp = new($"{scratch}/qmp", process);
        foreach (string capability in (string[])["postcopy-ram", .. preempt ? ["postcopy-preempt"] : Array.Empty<string>()])
        {
            qmp.Execute($$$"""
                {"execute":"migrate-set-capabilities","arguments":{"capabilities":[{"capability":"{{{capability}}}","state":true}]}}
                """.Trim());
        }
        qmp.Execute($$$"""{"execute":"migrate-incoming","arguments":{"uri":"unix:{{{scratch}}}/in"}}""");
        using PostcopySource source = new($"{scratch}/in", RamBytes, preempt);
        using FileStream ram = new($"{scratch}/ram", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        Random random = new(1);
        HashSet<long> touched = [];
        List<double> times = [];
        for (int i = -WarmUpTouches; i < MostTouches; i++)
        {
            if (i == 0 && background)
                source.StartPushing();
            long offset;
            do
                offset = random.NextInt64(source.FirstTouchedByte / PageBytes, RamBytes / PageBytes) * PageBytes;
            while (!touched.Add(offset));
            double microseconds = Touch(qmp, receiver.Touch(offset), ram, offset, process);
            if (background && i >= 0 && !source.IsPushing)
                break;
            if (i >= 0)
                times.Add(microseconds);
        }
        return times;
    }

    private static double Touch(ReceiverMonitor qmp, string command, FileStream ram, long offset, Process process)
    {
        // A hole reads as zeros and stays one.
        Span<byte> content = stackalloc byte[1];
        long before = Stopwatch.GetTimestamp();
        qmp.Send(command);
        while (RandomAccess.Read(ram.SafeFileHandle, content, offset) == 1 && content[0] == 0)
        {
            if (process.HasExited)
                throw new InvalidOperationException("the receiver ended while a page was waited for");
            Nap.Microseconds(LookMicroseconds);
        }
        double microseconds = Stopwatch.GetElapsedTime(before).TotalMicroseconds;
        qmp.AwaitReturn(command);
        return microseconds;
    }

    private static Func<string, ProcessStartInfo> Qemu(string program) => scratch => new(program,
    [
        "-nodefaults", "-nographic", "-M", "none,memory-backend=ram", "-m", $"{RamBytes >> 20}M",
        "-object", $"memory-backend-file,id=ram,size={RamBytes},mem-path={scratch}/ram,share=on",
        "-incoming", "defer", "-qmp", $"unix:{scratch}/qmp,server=on,wait=off",
    ]);

    private static Func<string, ProcessStartInfo> Incoming(string incoming) => scratch => new(incoming,
    [
        "serve", "--incoming", "defer", "-m", $"{RamBytes >> 20}M", "--qmp", $"unix:{scratch}/qmp", "--memory-file", $"{scratch}/ram",
    ]);

    private static string PmemSave(long offset) =>
        $$$"""{"execute":"pmemsave","arguments":{"val":{{{offset}}},"size":1,"filename":"/dev/null"}}""";

    private static string XTouch(long offset) =>
        $$$"""{"execute":"x-touch","arguments":{"block":"ram","offset":{{{offset}}},"length":1}}""";
}
