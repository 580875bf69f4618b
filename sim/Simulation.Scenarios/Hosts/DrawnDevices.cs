using System.Buffers.Binary;
using System.Text;
using Qemu.Migration.Destination.Machine;
using Simulation.Engine.Choices;
using Simulation.Oracle;
using Simulation.Scenarios.Options;
using Simulation.Source.Guest;
using Simulation.Source.Savevm;

namespace Simulation.Scenarios.Hosts;

/// <summary>A device of a drawn machine: one layout for the source, which writes it, and for the destination and the oracle, which read
/// it.</summary>
/// <param name="Name">The section's idstr.</param>
/// <param name="InstanceId">instance_id.</param>
/// <param name="State">Its state.</param>
internal sealed record DrawnDevice(string Name, uint InstanceId, DrawnState State);

/// <summary>A vmstate on both sides: a section's, a structure's or a subsection's.</summary>
/// <param name="Name">vmsd name.</param>
/// <param name="VersionThere">Its version at the source.</param>
/// <param name="VersionHere">Its version at the destination.</param>
/// <param name="MinimumHere">The oldest version that the destination takes.</param>
/// <param name="Fields">Its fields.</param>
/// <param name="Subsections">What may follow the fields, and whether the source sends it.</param>
internal sealed record DrawnState(
    string Name, uint VersionThere, uint VersionHere, uint MinimumHere, IReadOnlyList<DrawnField> Fields,
    IReadOnlyList<(DrawnState State, bool IsSent)> Subsections)
{
    private const byte SubsectionType = 0x05;

    /// <summary>What the source sends: the fields that its version has, then subsections.</summary>
    public void Write(MemoryStream output, Prng random)
    {
        Span<byte> number = stackalloc byte[sizeof(uint)];
        foreach (DrawnField field in Fields.Where(field => field.Since <= VersionThere))
        {
            for (int i = 0; i < field.Count; i++)
            {
                byte[] element = new byte[field.SizeBytes];
                random.NextBytes(element);

                // Behind a structure a destination, a real one too, takes this byte for the beginning of a subsection, and may wait for
                // the rest of its name.
                if (element.Length > 0 && element[0] == SubsectionType)
                    element[0]++;
                output.Write(element);
                field.Struct?.Write(output, random);
            }
        }

        foreach ((DrawnState subsection, bool isSent) in Subsections)
        {
            if (!isSent)
                continue;
            output.WriteByte(SubsectionType);
            output.WriteByte((byte)subsection.Name.Length);
            output.Write(Encoding.ASCII.GetBytes(subsection.Name));
            BinaryPrimitives.WriteUInt32BigEndian(number, subsection.VersionThere);
            output.Write(number);
            subsection.Write(output, random);
        }
    }

    /// <summary>As the destination knows it.</summary>
    public VmStateDescription ToDescription() => new()
    {
        Name = Name,
        Version = (int)VersionHere,
        MinimumVersion = (int)MinimumHere,
        Fields = [.. Fields.Select(field => new VmStateField
        {
            Name = field.Name,
            Type = field.Struct is null ? "buffer" : "struct",
            SizeBytes = field.SizeBytes,
            Count = field.Count,
            SinceVersion = (int)field.Since,
            Struct = field.Struct?.ToDescription(),
        })],
        Subsections = [.. Subsections.Select(subsection => subsection.State.ToDescription())],
    };

    /// <summary>As the oracle knows it.</summary>
    public VMStateLayout ToLayout() => new(Name, VersionHere)
    {
        MinimumVersion = MinimumHere,
        Fields = [.. Fields.Select(field => new Oracle.VMStateField(field.Name, field.SizeBytes)
        {
            Count = field.Count,
            SinceVersion = field.Since,
            Struct = field.Struct?.ToLayout(),
        })],
        Subsections = [.. Subsections.Select(subsection => subsection.State.ToLayout())],
    };
}

/// <summary>A field of a vmstate.</summary>
/// <param name="Name">Its name.</param>
/// <param name="SizeBytes">Bytes of an element; 0 for a structure.</param>
/// <param name="Count">Elements.</param>
/// <param name="Since">The first version that has it.</param>
/// <param name="Struct">The layout of an element that is a structure.</param>
internal sealed record DrawnField(string Name, int SizeBytes, int Count = 1, uint Since = 0, DrawnState? Struct = null);

/// <summary>
/// Draws devices. Plain ones have a few fields; the others have arrays, structures and subsections too, in versions that differ from side
/// to side, names that begin alike, and two sections of one name.
/// </summary>
internal sealed class DrawnDevices
{
    private const int Deepest = 3;
    private readonly Prng _random;

    // Which of the states drawn cannot be loaded: too new, or too old. Most machines have none.
    private int _statesToTheWrongOne;

    private DrawnDevices(Prng random)
    {
        _random = random;
        _statesToTheWrongOne = random.Chance(Ratio.Percent(15)) ? random.NextInt(12) : -1;
    }

    /// <summary>Draws the devices of a scenario's machine.</summary>
    /// <param name="options">The scenario.</param>
    /// <returns>Devices, no two of the same name and instance.</returns>
    public static DrawnDevice[] Of(ScenarioOptions options) =>
        options.Machine.HasRichDevices ? Rich(options) : Plain(options);

    private static DrawnDevice[] Plain(ScenarioOptions options)
    {
        Prng random = new SeedStreams(options.Seed).Stream("devices");
        DrawnDevice[] devices = new DrawnDevice[options.Machine.DeviceCount];
        for (int i = 0; i < devices.Length; i++)
        {
            List<DrawnField> fields = [];
            int count = random.Between(1, 6);
            for (int f = 0; f < count; f++)
                fields.Add(new($"field{f}", random.Pick<int>([1, 2, 4, 8, 64, 700])));

            // What an older source does not send stands anywhere but at the end, where it would be the footer that is missed.
            uint here = options.Machine.SourceIsOlder ? 2u : 1;
            if (options.Machine.SourceIsOlder)
                fields.Insert(0, new("since2", 2, Since: 2));
            string name = $"0000:00:{i:x2}.0/device";
            devices[i] = new(name, (uint)random.NextInt(2), new(name, 1, here, 1, fields, []));
        }

        return devices;
    }

    private static DrawnDevice[] Rich(ScenarioOptions options)
    {
        Prng random = new SeedStreams(options.Seed).Stream("rich devices");
        DrawnDevices draw = new(random);
        List<DrawnDevice> devices = [];
        for (int i = 0; i < options.Machine.DeviceCount; i++)
        {
            bool isTwin = devices.Count > 0 && random.Chance(Ratio.Percent(30));
            string model = NameLibrary.Device(random);
            string name = isTwin ? devices[^1].Name : random.Chance(Ratio.Percent(30)) && devices.Count > 0
                ? Longer(devices[^1].Name, i) : $"0000:00:{i:x2}.0/{model}";
            uint instance = isTwin ? devices[^1].InstanceId + 1 : (uint)random.NextInt(3);
            devices.Add(new(name, instance, draw.State(model, depth: 0)));
        }

        return [.. devices];
    }

    private static string Longer(string name, int i) => name.Length > 200 ? $"other/{i}" : $"{name}-{i}";

    private DrawnState State(string name, int depth)
    {
        bool isWrong = _statesToTheWrongOne-- == 0;
        uint there = (uint)_random.Between(1, 4);
        uint here = _random.Chance(Ratio.Percent(60)) ? there : there + (uint)_random.Between(1, 2);
        uint minimum = (uint)_random.Between(0, (int)there);
        if (isWrong && _random.Chance(Ratio.Percent(50)))
            (here, minimum) = (there - 1, 0);
        else if (isWrong)
            (here, minimum) = (there + 1, there + 1);
        return new(name, there, here, minimum, Fields(name, Math.Max(here, there), depth), Subsections(name, depth));
    }

    // A structure has no version on the wire: both sides have the same one.
    private DrawnState Structure(string name, int depth)
    {
        uint version = (uint)_random.Between(1, 3);
        return new(name, version, version, version, Fields(name, version, depth), Subsections(name, depth));
    }

    private DrawnField[] Fields(string parent, uint newest, int depth)
    {
        DrawnField[] fields = new DrawnField[_random.Between(1, 4)];
        for (int i = 0; i < fields.Length; i++)
        {
            uint since = _random.Chance(Ratio.Percent(30)) ? (uint)_random.Between(1, (int)newest) : 0;
            fields[i] = _random.PickWeighted([60, 25, depth < Deepest ? 15 : 0]) switch
            {
                0 => new($"field{i}", _random.Pick<int>([1, 2, 4, 8, 64, 700]), Since: since),
                1 => new($"array{i}", _random.Pick<int>([1, 2, 4, 8]), _random.Between(0, 9), since),
                _ => new($"struct{i}", 0, _random.Between(0, 4), since, Structure($"{parent}-s{i}", depth + 1)),
            };
        }

        return fields;
    }

    private (DrawnState State, bool IsSent)[] Subsections(string parent, int depth)
    {
        int count = depth < Deepest ? _random.PickWeighted([50, 30, 20]) : 0;
        var subsections = new (DrawnState State, bool IsSent)[count];
        for (int i = 0; i < count; i++)
            subsections[i] = (State($"{parent}/{(i == 0 ? "" : "extra-")}state", depth + 1), _random.Chance(Ratio.Percent(60)));
        return subsections;
    }
}
