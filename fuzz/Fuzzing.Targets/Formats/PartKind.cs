namespace Fuzzing.Targets.Formats;

/// <summary>The parts of streams.</summary>
internal static class PartKind
{
    public const int FileHeader = 1;
    public const int Configuration = 2;
    public const int SectionHeader = 3;
    public const int RamRecord = 4;
    public const int BlockList = 5;
    public const int Footer = 6;
    public const int Command = 7;
    public const int DeviceState = 8;
    public const int End = 9;
    public const int Description = 10;
    public const int Packet = 11;
    public const int Chunk = 12;
    public const int Run = 13;
    public const int Message = 14;
    public const int Line = 15;
    public const int Token = 16;
    public const int Option = 17;
    public const int Rest = 18;
}
