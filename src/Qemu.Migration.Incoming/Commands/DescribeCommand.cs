using System.CommandLine;
using Qemu.Migration.Incoming.Streams;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Incoming.Commands;

/// <summary><c>incoming describe</c>: writes the profile of the machine that a stream comes from.</summary>
internal sealed class DescribeCommand : Command, ITeachesByExample
{
    private readonly Argument<string> _path = new("path")
    {
        Description = "A whole stream (plain or .zst), or a recorded folder with a meta.json.",
    };

    /// <summary>Makes the command.</summary>
    public DescribeCommand()
        : base("describe", "Print the machine profile that a stream carries: RAM blocks and the layout of device state.")
    {
        Arguments.Add(_path);
        SetAction(Run);
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string What, string CommandLine)> Examples =>
    [
        ("Record a machine once", "(qemu) migrate file:/tmp/pc.stream"),
        ("and serve its kind ever after", "incoming describe /tmp/pc.stream > pc.json && incoming serve --machine pc.json ..."),
    ];

    private int Run(ParseResult result)
    {
        StreamDescription description = StreamInput.Open(result.GetRequiredValue(_path)).Description;
        if (description.Problem is { } problem)
        {
            Console.Error.WriteLine($"incoming: {result.GetRequiredValue(_path)}: {PeerText.Escape(problem)}");
            return 1;
        }
        using Stream output = Console.OpenStandardOutput();
        output.Write(description.Machine.ToJson());
        output.Write("\n"u8);
        return 0;
    }
}
