using System.CommandLine;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Incoming.Native;
using Qemu.Migration.Incoming.Streams;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Incoming.Commands;

/// <summary><c>incoming describe</c>: writes the profile of the machine that a stream comes from.</summary>
internal sealed class DescribeCommand : Command, ITeachesByExample
{
    private readonly Argument<string[]> _paths = new("path")
    {
        Description = "Whole streams of one machine (plain or .zst), or recorded folders with a meta.json. The profile has what any of them has.",
        Arity = ArgumentArity.OneOrMore,
    };

    /// <summary>Makes the command.</summary>
    public DescribeCommand()
        : base("describe", "Print the machine profile that a stream carries: RAM blocks and the layout of device state.")
    {
        Arguments.Add(_paths);
        SetAction(Run);
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string What, string CommandLine)> Examples =>
    [
        ("Record a machine once", "(qemu) migrate file:/tmp/pc.stream"),
        ("Serve machines of the same kind", "incoming describe /tmp/pc.stream > pc.json && incoming serve --machine pc.json ..."),
        ("Add the sections that an idle guest does not send", "incoming describe /tmp/idle.stream /tmp/busy.stream > pc.json"),
    ];

    private int Run(ParseResult result)
    {
        SortedSet<string> notes = new(StringComparer.Ordinal);
        ProfileMerger merger = new(note => notes.Add(note));
        MachineProfile? machine = null;
        foreach (string path in result.GetRequiredValue(_paths))
        {
            StreamDescription description = StreamInput.Open(path).Description;
            if (description.Problem is { } problem)
                return Fail(path, problem);
            try
            {
                machine = machine is null ? description.Machine : merger.Merge(machine, description.Machine);
            }
            catch (FormatException error)
            {
                return Fail(path, error.Message);
            }
        }
        foreach (string note in notes)
            Console.Error.WriteLine($"incoming: note: {PeerText.Escape(note)}");
        using Stream output = StandardStream.OpenOutput();
        output.Write(machine!.ToJson());
        output.Write("\n"u8);
        return 0;
    }

    private static int Fail(string path, string problem)
    {
        Console.Error.WriteLine($"incoming: {path}: {PeerText.Escape(problem)}");
        return 1;
    }
}
