using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Processes;
using Qemu.Migration.Wire;
using TestKit;

namespace Migration.Benchmarks;

/// <summary>
/// The daemon beside QEMUs, all driven in the same way: started with <c>-incoming defer</c>, timed from <c>migrate-incoming</c> to
/// <c>completed</c> as each tells it on QMP. In each round all take their turn with one workload, so that what the machine does besides
/// meets all of them; ratios are of one round.
/// </summary>
internal static class WholeProcess
{
    private const long Gibibyte = 1L << 30;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private static readonly TestAuthority s_authority = new();

    /// <summary>What is loaded: a stream, or a main stream with multifd channels; from a file, or over unix sockets.</summary>
    private sealed record Workload(string Name, string Unit, double Goal, long RamBytes, long Amount, bool Socket)
    {
        /// <summary>Makes its streams in a folder; main first.</summary>
        public required Func<string, string[]> Make { get; init; }

        public string Capabilities { get; init; } = "";

        public bool Tls { get; init; }

        // Memory that a virtual machine's host has taken back costs ten times a page fault when it is touched again, at random: where
        // whole pages are written, all find the guest's RAM present, in one shared file.
        public bool IsPresent { get; init; } = Unit == "MiB/s";

        // QEMU throws RAM away before postcopy begins, so both find it empty there.
        public bool IsFresh { get; init; }
    }

    /// <summary>What one receiver took for one workload, round by round.</summary>
    private sealed record Figures(List<double> Rates, List<double> Costs);

    private static readonly Workload[] Workloads =
    [
        new("normal pages, file", "MiB/s", 1.5, Gibibyte, 1024, false)
        {
            Make = scratch => [Write(scratch, "pages", Pages(Gibibyte, normal: true))],
        },
        new("normal pages, unix socket", "MiB/s", 1.3, Gibibyte, 1024, true)
        {
            Make = scratch => [Write(scratch, "pages", Pages(Gibibyte, normal: true))],
        },
        new("zero pages, file", "pages/s", 4.0, 16 * Gibibyte, 16 * Gibibyte / 4096, false)
        {
            Make = scratch => [Write(scratch, "zeros", Pages(16 * Gibibyte, normal: false))],
        },
        new("XBZRLE records, file", "records/s", 2.0, 256L << 20, 40 * (256L << 20) / 4096, false)
        {
            Make = scratch => [Write(scratch, "deltas", Deltas(256L << 20, passes: 40))],
        },
        Multifd(2),
        Multifd(4),
        Multifd(8),
        Multifd(16),
        Multifd(32),
        new("normal pages, unix socket, TLS", "MiB/s", 1.0, Gibibyte, 1024, true)
        {
            Make = scratch => [Write(scratch, "pages", Pages(Gibibyte, normal: true))], Tls = true,
        },
        Multifd(4) with { Name = "multifd, 4 channels, unix sockets, TLS", Goal = 1.0, Tls = true },
        new("mapped-ram", "MiB/s", 1.0, Gibibyte, 1024, false)
        {
            Make = scratch => [Write(scratch, "mapped", Mapped(Gibibyte))], Capabilities = "mapped-ram",
        },
        new("mapped-ram with multifd", "MiB/s", 1.3, Gibibyte, 1024, false)
        {
            Make = scratch => [Write(scratch, "mapped", Mapped(Gibibyte))], Capabilities = "mapped-ram,multifd",
        },
        new("normal pages, private memory, unix socket", "MiB/s", 1.3, Gibibyte, 1024, true)
        {
            Make = scratch => [Write(scratch, "pages", Pages(Gibibyte, normal: true))], IsPresent = false,
        },
        Multifd(4) with { Name = "multifd, 4 channels, private memory, unix sockets", IsPresent = false },
        Postcopy("postcopy, private memory", normal: true),
        Postcopy("postcopy, shared memory", normal: true) with { IsPresent = true, IsFresh = true },
        Postcopy("postcopy, zero pages", normal: false),
    ];

    /// <summary>Measures, and prints a row of a Markdown table for each workload and QEMU.</summary>
    /// <param name="incoming">The daemon.</param>
    /// <param name="qemus">The QEMUs.</param>
    /// <param name="rounds">Rounds that count; one before them does not.</param>
    /// <param name="scratch">A folder in memory; removed in the end.</param>
    /// <param name="only">Workloads whose name contains this.</param>
    /// <returns>The exit code: 1 where a receiver did not end as it should.</returns>
    public static int Run(string incoming, IReadOnlyList<RealQemu> qemus, int rounds, string scratch, string only)
    {
        List<string> rows = [];
        int failures = 0;
        try
        {
            Directory.CreateDirectory(scratch);
            WriteRam(scratch);
            using X509Certificate2 certificate = s_authority.Issue("server");
            s_authority.Write(Path.Combine(scratch, "tls"), certificate);
            foreach (Workload workload in Workloads.Where(w => w.Name.Contains(only, StringComparison.OrdinalIgnoreCase)))
            {
                try
                {
                    rows.AddRange(Measure(workload, incoming, qemus, rounds, scratch));
                }
                catch (Exception error) when (error is InvalidOperationException or IOException)
                {
                    Console.Error.WriteLine($"{workload.Name}: {error.Message}");
                    failures++;
                }
            }
        }
        finally
        {
            Directory.Delete(scratch, true);
        }
        Console.WriteLine("| workload | unit | QEMU | its rate | incoming | ratio: median (lowest to highest) | of processor time | goal |");
        Console.WriteLine("|---|---|---|---:|---:|---:|---:|---:|");
        rows.ForEach(Console.WriteLine);
        return failures == 0 ? 0 : 1;
    }

    private static void WriteRam(string scratch)
    {
        using FileStream ram = new(Path.Combine(scratch, "ram"), FileMode.Create);
        byte[] ones = new byte[1 << 20];
        Array.Fill(ones, (byte)1);
        for (long at = 0; at < Gibibyte; at += ones.Length)
            ram.Write(ones);
    }

    private static IEnumerable<string> Measure(
        Workload workload, string incoming, IReadOnlyList<RealQemu> qemus, int rounds, string scratch)
    {
        string[] streams = workload.Make(scratch);
        Figures own = new([], []);
        Figures[] theirs = [.. qemus.Select(_ => new Figures([], []))];
        try
        {
            // The first round warms the page cache.
            for (int round = -1; round < rounds; round++)
            {
                for (int i = 0; i < qemus.Count; i++)
                    Take(theirs[i], Qemu(qemus[i].Program, workload, scratch), $"QEMU {qemus[i].Version}", round);
                Take(own, Incoming(workload, incoming, scratch), "incoming", round);
            }
        }
        finally
        {
            foreach (string stream in streams)
                File.Delete(stream);
        }
        return qemus.Select((qemu, i) => Row(workload, qemu, theirs[i], own));

        void Take(Figures figures, ProcessStartInfo start, string name, int round)
        {
            (double seconds, double cost) = Time(start, workload, streams, scratch);
            Console.Error.WriteLine($"{workload.Name}, round {round}: {name} {workload.Amount / seconds:N0} {workload.Unit}, {cost:F2} s of processor time");
            if (round < 0)
                return;
            figures.Rates.Add(workload.Amount / seconds);
            figures.Costs.Add(cost);
        }
    }

    private static string Row(Workload workload, RealQemu qemu, Figures theirs, Figures own)
    {
        List<double> ratios = [.. own.Rates.Zip(theirs.Rates, (ours, other) => ours / other)];
        List<double> costs = [.. theirs.Costs.Zip(own.Costs, (other, ours) => other / ours)];
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {workload.Name} | {workload.Unit} | {qemu.Version} | {Median(theirs.Rates):N0} | {Median(own.Rates):N0} "
            + $"| **{Median(ratios):F2}** ({ratios.Min():F2} to {ratios.Max():F2}) | {Median(costs):F2} | {workload.Goal:F1} |");
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static ProcessStartInfo Qemu(string program, Workload workload, string scratch) => new(program,
    [
        "-nodefaults", "-nographic", "-M", "none,memory-backend=ram", "-m", $"{workload.RamBytes >> 20}M",
        "-object", workload.IsPresent
            ? $"memory-backend-file,id=ram,size={workload.RamBytes},mem-path={scratch}/ram,share=on"
            : $"memory-backend-ram,id=ram,size={workload.RamBytes}",
        .. workload.Tls ? ["-object", Credentials(scratch)] : Array.Empty<string>(),
        "-incoming", "defer",
        "-qmp", $"unix:{scratch}/qmp,server=on,wait=off",
    ]);

    private static ProcessStartInfo Incoming(Workload workload, string incoming, string scratch) => new(incoming,
    [
        "serve", "--incoming", "defer", "-m", $"{workload.RamBytes >> 20}M", "--qmp", $"unix:{scratch}/qmp",
        .. workload.IsPresent ? ["--memory-file", $"{scratch}/ram"] : Array.Empty<string>(),
        .. workload.Tls ? ["--object", Credentials(scratch)] : Array.Empty<string>(),
    ]);

    private static string Credentials(string scratch) => $"tls-creds-x509,id=tls0,dir={scratch}/tls,endpoint=server,verify-peer=off";

    // Seconds on the clock, and of the receiver's processor time.
    private static (double Seconds, double Cost) Time(ProcessStartInfo start, Workload workload, string[] streams, string scratch)
    {
        File.Delete($"{scratch}/qmp");
        File.Delete($"{scratch}/in");
        if (workload.IsFresh)
            File.WriteAllBytes($"{scratch}/ram", []);
        using Process process = Process.Start(start)!;
        // Whoever hangs is killed, which ends its QMP and with it the wait.
        using Timer guard = new(_ => process.Kill(), null, Patience, Timeout.InfiniteTimeSpan);
        try
        {
            return Drive(process, workload, streams, scratch);
        }
        finally
        {
            process.Kill();
            process.WaitForExit();
        }
    }

    private static (double Seconds, double Cost) Drive(Process process, Workload workload, string[] streams, string scratch)
    {
        using ReceiverMonitor qmp = new($"{scratch}/qmp", process);
        foreach (string capability in (string[])["events", .. workload.Capabilities.Split(',', StringSplitOptions.RemoveEmptyEntries)])
        {
            qmp.Execute($$$"""
                {"execute":"migrate-set-capabilities","arguments":{"capabilities":[{"capability":"{{{capability}}}","state":true}]}}
                """.Trim());
        }
        qmp.Execute($$$"""{"execute":"migrate-set-parameters","arguments":{"multifd-channels":{{{Math.Max(streams.Length - 1, 2)}}}}}""");
        if (workload.Tls)
            qmp.Execute("""{"execute":"migrate-set-parameters","arguments":{"tls-creds":"tls0"}}""");
        string uri = workload.Socket ? $"unix:{scratch}/in" : $"file:{streams[0]}";
        TimeSpan idle = process.TotalProcessorTime;
        long before = Stopwatch.GetTimestamp();
        qmp.Execute($$$"""{"execute":"migrate-incoming","arguments":{"uri":"{{{uri}}}"}}""");
        Task feeders = Task.CompletedTask;
        List<Sender> senders = [];
        if (workload.Socket)
        {
            before = Stopwatch.GetTimestamp();
            feeders = Task.WhenAll([.. streams.Select(stream =>
            {
                // Over TLS the first to have shaken hands is main, for a QEMU.
                Sender sender = new($"{scratch}/in", workload.Tls ? s_authority : null);
                senders.Add(sender);
                return Task.Factory.StartNew(() => sender.Send(stream), TaskCreationOptions.LongRunning);
            })]);
        }
        qmp.WaitForCompleted();
        double seconds = Stopwatch.GetElapsedTime(before).TotalSeconds;
        process.Refresh();
        double cost = (process.TotalProcessorTime - idle).TotalSeconds;
        feeders.Wait();
        // A source keeps its channels open to the end.
        senders.ForEach(sender => sender.Dispose());
        return (seconds, cost);
    }

    private static Workload Multifd(int channels) => new($"multifd, {channels} channels, unix sockets", "MiB/s", 1.3, Gibibyte, 1024, true)
    {
        Make = scratch => MultifdStreamsOf(scratch, channels), Capabilities = "multifd",
    };

    private static Workload Postcopy(string name, bool normal) => new($"{name}, unix socket", "pages/s", 2.0, Gibibyte, Gibibyte / 4096, true)
    {
        Make = scratch => [Write(scratch, "postcopy", Postcopy(normal))], Capabilities = "postcopy-ram",
    };

    private static string[] MultifdStreamsOf(string scratch, int channels)
    {
        const int pagesPerPacket = 128;
        byte[] content = new byte[pagesPerPacket * 4096];
        new Random(1).NextBytes(content);
        return [.. Enumerable.Range(-1, channels + 1).Select(id => Write(scratch, $"multifd.{id}", output =>
        {
            if (id < 0)
            {
                output.Write(new StreamBuilder().Header().Configuration().RamStart().MemSize(("ram", Gibibyte))
                    .U64(RamFlags.MultifdFlush).Eos().Footer(1).Part(3, 1).U64(RamFlags.MultifdFlush).Eos().Footer(1)
                    .Timer().GlobalState("running").End().VmDescription().ToArray());
                return;
            }
            output.Write(MultifdStreams.Initial(id));
            output.Write(MultifdStreams.Sync());
            for (long packet = id; packet < Gibibyte / content.Length; packet += channels)
            {
                output.Write(MultifdStreams.Packet(
                    normal: [.. Enumerable.Range(0, pagesPerPacket).Select(i => (ulong)(packet * content.Length + i * 4096))],
                    payloadBytes: (uint)content.Length));
                output.Write(content);
            }
            output.Write(MultifdStreams.Sync());
        }))];
    }

    private static Action<Stream> Mapped(long ramBytes) => output =>
    {
        byte[] content = new byte[1 << 20];
        new Random(1).NextBytes(content);
        output.Write(MappedRamFile.Beginning(ramBytes));
        output.Position = MappedRamFile.PagesOffset;
        for (long offset = 0; offset < ramBytes; offset += content.Length)
            output.Write(content);
        output.Write(MappedRamFile.End());
    };

    private static string Write(string scratch, string name, Action<Stream> write)
    {
        string path = Path.Combine(scratch, name);
        using FileStream file = new(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
        write(file);
        return path;
    }

    private static Action<Stream> Pages(long ramBytes, bool normal) => output =>
    {
        output.Write(Opening(ramBytes));
        WriteRecords(output, ramBytes, normal);
        output.Write(Ending());
    };

    private static Action<Stream> Postcopy(bool normal) => output =>
    {
        output.Write([.. PostcopyBytes.Opening, .. PostcopyBytes.Switchover(Gibibyte), .. PostcopyBytes.Part]);
        WriteRecords(output, Gibibyte, normal);
        output.Write(PostcopyBytes.Ending);
    };

    private static void WriteRecords(Stream output, long ramBytes, bool normal)
    {
        byte[] content = new byte[4096];
        new Random(1).NextBytes(content);
        for (long offset = 0; offset < ramBytes; offset += 4096)
        {
            content[0] = (byte)(offset >> 12 & 0xff);
            StreamBuilder record = new();
            string? block = offset == 0 ? "ram" : null;
            output.Write((normal ? record.Page((ulong)offset, content, block) : record.Zero((ulong)offset, block)).ToArray());
        }
    }

    // Two changed words a page, pass after pass: 22 bytes a record, as recorded guests with a hot set send them (26 on average in
    // corpus/qemu/10.0.2/pc-xbzrle).
    private static Action<Stream> Deltas(long ramBytes, int passes) => output =>
    {
        byte[] delta = [.. Enumerable.Range(0, 2).SelectMany(i => (byte[])[0xc8, 1, 8, 1, 2, 3, 4, 5, 6, 7, (byte)(i + 1)])];
        output.Write(Opening(ramBytes));
        for (int pass = 0; pass < passes; pass++)
        {
            for (long offset = 0; offset < ramBytes; offset += 4096)
                output.Write(new StreamBuilder().Delta((ulong)offset, delta, pass == 0 && offset == 0 ? "ram" : null).ToArray());
        }
        output.Write(Ending());
    };

    private static byte[] Opening(long ramBytes) =>
        new StreamBuilder().Header().Configuration().RamStart().MemSize(("ram", ramBytes)).Eos().Footer(1).Part(2, 1).ToArray();

    private static byte[] Ending() =>
        new StreamBuilder().Eos().Footer(1).Timer().GlobalState("running").End().VmDescription().ToArray();
}
