using Simulation.Engine.Choices;
using Simulation.Scenarios;

namespace Simulation.Campaigns;

/// <summary>Cases and runs as bytes between a campaign and its workers.</summary>
internal static class RunCodec
{
    /// <summary>Writes a case.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="given">The case.</param>
    public static void Write(BinaryWriter writer, CampaignCase given)
    {
        writer.Write(given.Seed);
        WriteText(writer, given.Made?.ToJson());
        WriteText(writer, given.Choices?.Format());
    }

    /// <summary>Reads a case.</summary>
    /// <param name="reader">Where from.</param>
    /// <returns>The case.</returns>
    public static CampaignCase ReadCase(BinaryReader reader)
    {
        ulong seed = reader.ReadUInt64();
        string? made = ReadText(reader);
        string? choices = ReadText(reader);
        return new(seed, made is null ? null : ScenarioOptions.FromJson(made), choices is null ? null : ChoiceLog.Parse(choices));
    }

    /// <summary>Writes a run.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="run">The run.</param>
    public static void Write(BinaryWriter writer, JudgedRun run)
    {
        writer.Write(run.Seed);
        writer.Write((byte)run.Verdict);
        WriteText(writer, run.Check);
        WriteText(writer, run.Message);
        WriteText(writer, run.Choices);
        writer.Write(run.WasDoneTwice);
        writer.Write(run.VirtualNanoseconds);
        writer.Write(run.Steps);
        writer.Write(run.Events);
        writer.Write(run.TraceHash);
        writer.Write(run.Wall.Ticks);
        writer.Write(run.AppliedChecks);
        writer.Write7BitEncodedInt(run.Probes.Count);
        foreach (int probe in run.Probes)
            writer.Write7BitEncodedInt(probe);
        writer.Write7BitEncodedInt(run.NewFeatures.Count);
        foreach (ulong feature in run.NewFeatures)
            writer.Write(feature);
    }

    /// <summary>Reads a run.</summary>
    /// <param name="reader">Where from.</param>
    /// <returns>The run.</returns>
    public static JudgedRun ReadRun(BinaryReader reader) => new()
    {
        Seed = reader.ReadUInt64(),
        Verdict = (Verdict)reader.ReadByte(),
        Check = ReadText(reader),
        Message = ReadText(reader),
        Choices = ReadText(reader),
        WasDoneTwice = reader.ReadBoolean(),
        VirtualNanoseconds = reader.ReadInt64(),
        Steps = reader.ReadInt64(),
        Events = reader.ReadInt64(),
        TraceHash = reader.ReadUInt64(),
        Wall = TimeSpan.FromTicks(reader.ReadInt64()),
        AppliedChecks = reader.ReadUInt64(),
        Probes = ReadProbes(reader),
        NewFeatures = ReadFeatures(reader),
    };

    /// <summary>Writes a text or null.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="text">The text.</param>
    public static void WriteText(BinaryWriter writer, string? text)
    {
        writer.Write(text is not null);
        if (text is not null)
            writer.Write(text);
    }

    /// <summary>Reads a text or null.</summary>
    /// <param name="reader">Where from.</param>
    /// <returns>What was written.</returns>
    public static string? ReadText(BinaryReader reader) => reader.ReadBoolean() ? reader.ReadString() : null;

    private static int[] ReadProbes(BinaryReader reader)
    {
        int[] probes = new int[reader.Read7BitEncodedInt()];
        for (int i = 0; i < probes.Length; i++)
            probes[i] = reader.Read7BitEncodedInt();
        return probes;
    }

    private static ulong[] ReadFeatures(BinaryReader reader)
    {
        ulong[] features = new ulong[reader.Read7BitEncodedInt()];
        for (int i = 0; i < features.Length; i++)
            features[i] = reader.ReadUInt64();
        return features;
    }
}
