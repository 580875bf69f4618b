using System.CommandLine;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Incoming.Transports;

namespace Qemu.Migration.Incoming.Commands;

/// <summary>The options that say what machine is migrated and how: the same for <c>serve</c> and <c>load</c>.</summary>
internal sealed class MachineArguments
{
    private readonly Option<string> _size = new("-m")
    {
        Description = "RAM, as QEMU's -m: MiB unless it ends in K, M, G or T. Sizes the machine's first block.",
        HelpName = "SIZE",
    };

    private readonly Option<string> _machine = new("--machine", "-M")
    {
        Description = "'none', or a profile that 'incoming describe' wrote.",
        HelpName = "none|PROFILE.json",
    };

    private readonly Option<string[]> _blocks = new("--block")
    {
        Description = "A RAM block by the name that the stream gives it, e.g. m0=64M. Repeatable.",
        HelpName = "NAME=SIZE",
    };

    private readonly Option<string> _uuid = new("--uuid") { Description = "The guest's UUID, as QEMU's -uuid.", HelpName = "UUID" };

    private readonly Option<string[]> _capabilities = new("--capability")
    {
        Description = "A migration capability to switch on (NAME=off: off). Repeatable.", HelpName = "NAME",
    };

    private readonly Option<string[]> _parameters = new("--parameter")
    {
        Description = "A migration parameter. Repeatable.", HelpName = "NAME=VALUE",
    };

    private readonly Option<string[]> _properties = new("--global")
    {
        Description = "A property of the source's migration object, as QEMU's -global. Repeatable.", HelpName = "migration.NAME=on|off",
    };

    /// <summary>Gives the options to a command.</summary>
    /// <param name="command">The command.</param>
    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_size, _machine, _blocks, _uuid, _properties, _capabilities, _parameters])
            command.Options.Add(option);
    }

    /// <summary>The machine that was asked for.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="known">What is known of the machine without these options.</param>
    /// <returns>The machine, checked.</returns>
    /// <exception cref="FormatException">An option is wrong, or the profile is none.</exception>
    /// <exception cref="IOException">The profile cannot be read.</exception>
    public MachineProfile Machine(ParseResult result, MachineProfile known)
    {
        MachineProfile machine = result.GetValue(_machine) switch
        {
            null => known,
            "none" => MachineProfile.None(known.Name == "none" ? known.RamBlocks : []),
            string path => MachineProfile.Parse(File.ReadAllBytes(path)),
        };
        List<RamBlockDescription> blocks = [.. machine.RamBlocks];
        foreach (string block in result.GetValue(_blocks) ?? [])
        {
            (string name, string size) = SplitPair(block, "--block", "NAME=SIZE");
            Resize(blocks, blocks.FindIndex(b => b.Name == name), name, QemuSize.Parse(size, 'B'));
        }
        if (result.GetValue(_size) is { } all)
            Resize(blocks, blocks.Count > 0 ? 0 : -1, "ram", QemuSize.Parse(all, 'M'));
        Guid? uuid = result.GetValue(_uuid) is not { } text ? machine.Uuid
            : Guid.TryParse(text, out Guid given) ? given
            : throw new FormatException($"--uuid: '{text}' is no UUID");
        machine = machine with { RamBlocks = blocks, Uuid = uuid };
        foreach (string property in result.GetValue(_properties) ?? [])
        {
            if (MigrationProperties.TryApply(ref machine, property) is { } error)
                throw new FormatException($"--global {property}: {error}");
        }
        machine.Validate();
        return machine;
    }

    /// <summary>Switches the capabilities that were asked for.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="capabilities">What to switch.</param>
    /// <exception cref="FormatException">There is no such capability.</exception>
    public void Apply(ParseResult result, MigrationCapabilities capabilities)
    {
        foreach (string capability in result.GetValue(_capabilities) ?? [])
        {
            (string name, string state) = capability.Contains('=', StringComparison.Ordinal)
                ? SplitPair(capability, "--capability", "NAME=on|off")
                : (capability, "on");
            if (!MigrationCapabilities.Names.Contains(name, StringComparer.Ordinal) || state is not ("on" or "off"))
                throw new FormatException($"--capability: there is no '{capability}'; one of {string.Join(", ", MigrationCapabilities.Names)}");
            capabilities.Set(name, state == "on");
        }
    }

    /// <summary>Sets the parameters that were asked for.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="parameters">What to set.</param>
    /// <exception cref="FormatException">There is no such parameter, or not with that value.</exception>
    public void Apply(ParseResult result, MigrationParameters parameters)
    {
        foreach (string parameter in result.GetValue(_parameters) ?? [])
        {
            (string name, string value) = SplitPair(parameter, "--parameter", "NAME=VALUE");
            if (parameters.TrySet(name, value) is { } error)
                throw new FormatException($"--parameter {parameter}: {error}");
        }
    }

    private static void Resize(List<RamBlockDescription> blocks, int index, string name, long bytes)
    {
        RamBlockDescription block = new() { Name = name, LengthBytes = bytes };
        if (index < 0)
            blocks.Add(block);
        else
            blocks[index] = blocks[index] with { LengthBytes = bytes, MaxLengthBytes = bytes };
    }

    private static (string Name, string Value) SplitPair(string text, string option, string form)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 ? (text[..equals], text[(equals + 1)..]) : throw new FormatException($"{option} {text}: {form} is wanted");
    }
}
