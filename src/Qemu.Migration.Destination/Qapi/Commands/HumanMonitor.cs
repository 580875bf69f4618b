using System.Globalization;
using System.Text;
using Qemu.Migration.Destination.Machine;

namespace Qemu.Migration.Destination.Qapi.Commands;

/// <summary>The commands of QEMU's human monitor that people and scripts send to a destination. The output has QEMU's texts.</summary>
internal static class HumanMonitor
{
    private const string EndOfLine = "\r\n";

    // QEMU aligns the offset of each block to this.
    private const long BlockAlignmentBytes = 0x40000;

    private static readonly (string Name, string Help, Action<IncomingHost, StringBuilder> Run)[] Infos =
    [
        ("migrate", "show migration status", ShowMigration),
        ("migrate_capabilities", "show current migration capabilities", ShowCapabilities),
        ("name", "show the current VM name", (_, _) => { }),
        ("ramblock", "Display system ramblock information", ShowBlocks),
        ("status", "show the current VM status (running|paused)", ShowStatus),
        ("uuid", "show the current VM UUID", (host, text) => text.Append(MachineCommands.UuidOf(host)).Append(EndOfLine)),
        ("version", "show the version of QEMU", (_, text) => text.Append(MonitorCommands.Version).Append(MonitorCommands.Package).Append(EndOfLine)),
    ];

    /// <summary>Carries out a line.</summary>
    /// <param name="host">What it acts on.</param>
    /// <param name="line">The line.</param>
    /// <returns>What the monitor prints.</returns>
    public static string Run(IncomingHost host, string line)
    {
        string[] words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return words switch
        {
            [] => "",
            ["info", var name, .. var rest] => RunInfo(host, name, rest.Length > 0),
            ["info"] or ["help", ..] => Help(words is ["help", "info", var asked] ? asked : null),
            _ => $"unknown command: '{words[0]}'{EndOfLine}",
        };
    }

    private static string RunInfo(IncomingHost host, string name, bool hasMore)
    {
        int index = Array.FindIndex(Infos, info => info.Name == name);
        if (index < 0)
            return $"unknown command: 'info {name}'{EndOfLine}";
        if (hasMore)
        {
            return $"{name}: extraneous characters at the end of line{EndOfLine}"
                + $"Try \"help info {name}\" for more information{EndOfLine}";
        }
        StringBuilder text = new();
        Infos[index].Run(host, text);
        return text.ToString();
    }

    private static string Help(string? asked) => string.Concat(Infos
        .Where(info => asked is null || info.Name == asked)
        .Select(info => $"info {info.Name}  -- {info.Help}{EndOfLine}"));

    private static void ShowStatus(IncomingHost host, StringBuilder text)
    {
        RunState state = host.VirtualMachine.State;
        text.Append("VM status: ").Append(state == RunState.Running ? "running" : "paused");
        if (state is not (RunState.Running or RunState.Paused))
            text.Append(CultureInfo.InvariantCulture, $" ({state.ToQapi()})");
        text.Append(EndOfLine);
    }

    private static void ShowCapabilities(IncomingHost host, StringBuilder text)
    {
        foreach (string name in MigrationCapabilities.Names)
            text.Append(name).Append(host.Capabilities[name] ? ": on" : ": off").Append(EndOfLine);
    }

    // The host's address (HVA) is not shown: it is of no use outside this process.
    private static void ShowBlocks(IncomingHost host, StringBuilder text)
    {
        AppendRow(text, "Block Name", "PSize", "Offset", "Used", "Total", "HVA", "RO");
        long offset = 0;
        foreach (RamBlockDescription block in host.Machine.RamBlocks)
        {
            long used = host.Migration?.Memory.Blocks.FirstOrDefault(b => b.Name == block.Name)?.UsedLengthBytes ?? block.LengthBytes;
            AppendRow(
                text, block.Name, $"{host.Machine.PageSizeBytes / 1024} KiB", Hexadecimal(offset), Hexadecimal(used),
                Hexadecimal(block.MaxLengthBytes), "-", "rw");
            offset += (block.MaxLengthBytes + BlockAlignmentBytes - 1) / BlockAlignmentBytes * BlockAlignmentBytes;
        }
    }

    private static void AppendRow(
        StringBuilder text, string name, string pageSize, string offset, string used, string total, string address, string access) =>
        text.Append(
            CultureInfo.InvariantCulture, $"{name,24} {pageSize,8}  {offset,18} {used,18} {total,18} {address,18} {access,3}{EndOfLine}");

    private static string Hexadecimal(long value) => $"0x{value:x16}";

    private static void ShowMigration(IncomingHost host, StringBuilder text)
    {
        text.Append("globals:").Append(EndOfLine);
        Append(text, "send-configuration", host.Machine.SendConfiguration ? "on" : "off");
        Append(text, "send-section-footer", host.Machine.SendSectionFooter ? "on" : "off");
        MigrationInfo info = MigrationInfo.From(host.Migration?.State, host.ListeningAddresses);
        if (info.Status is null)
            return;
        Append(text, "Migration status", info.ErrorDesc is null ? info.Status : $"{info.Status} ({info.ErrorDesc})");
        Append(text, "total time", $"{info.TotalTime ?? 0} ms");
        if (info.SetupTime is { } setup)
            Append(text, "setup", $"{setup} ms");
        if (info.Ram is { } ram)
            ShowRam(ram, text);
        if (info.SocketAddress is not { } addresses)
            return;
        text.Append("socket address: [").Append(EndOfLine);
        foreach (SocketAddress address in addresses)
            text.Append('\t').Append(address.ToUri()).Append(EndOfLine);
        text.Append(']').Append(EndOfLine);
    }

    private static void ShowRam(MigrationStats ram, StringBuilder text)
    {
        Append(text, "transferred ram", $"{ram.Transferred >> 10} kbytes");
        Append(text, "throughput", $"{ram.Mbps:f2} mbps");
        Append(text, "remaining ram", $"{ram.Remaining >> 10} kbytes");
        Append(text, "total ram", $"{ram.Total >> 10} kbytes");
        Append(text, "duplicate", $"{ram.Duplicate} pages");
        Append(text, "normal", $"{ram.Normal} pages");
        Append(text, "normal bytes", $"{ram.NormalBytes >> 10} kbytes");
        Append(text, "page size", $"{ram.PageSize >> 10} kbytes");
        Append(text, "multifd bytes", $"{ram.MultifdBytes >> 10} kbytes");
        Append(text, "pages-per-second", $"{ram.PagesPerSecond}");
        Append(text, "precopy ram", $"{ram.PrecopyBytes >> 10} kbytes");
        Append(text, "downtime ram", $"{ram.DowntimeBytes >> 10} kbytes");
    }

    private static void Append(StringBuilder text, string name, FormattableString value) =>
        Append(text, name, FormattableString.Invariant(value));

    private static void Append(StringBuilder text, string name, string value) =>
        text.Append(name).Append(": ").Append(value).Append(EndOfLine);
}
