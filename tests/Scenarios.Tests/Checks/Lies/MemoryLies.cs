using Simulation.Scenarios.Checks;

namespace Scenarios.Tests.Checks.Lies;

internal static class MemoryLies
{
    private const long RamBytes = 80 * 4096;

    public static IEnumerable<Doctoring> All =>
    [
        Doctoring.Of<MemoryStaysBounded>("a byte more than the machine's memory was mapped", Samples.Precopy, run =>
        {
            run.MappedBytes = RamBytes + 1;
            return $"{RamBytes + 1} bytes of guest memory were mapped for a machine of {RamBytes}";
        }),
        Doctoring.Of<MemoryStaysBounded>("a buffer is as large as a claim", Samples.Precopy, run =>
        {
            run.Main!.LargestReadBytes = (1 << 20) + 1;
            return $"connection 'main' was read into a buffer of {(1 << 20) + 1} bytes";
        }),
        Doctoring.Of<MemoryStaysBounded>("a channel's buffer is as large as a claim", Samples.Multifd, run =>
        {
            run.Channels[0].LargestReadBytes = int.MaxValue;
            return $"connection '{run.Channels[0].Name}' was read into a buffer of {int.MaxValue} bytes";
        }),
        Doctoring.Of<MemoryStaysBounded>("a task for each page", Samples.Precopy, run =>
        {
            run.TaskCount = 80;
            return "80 tasks were started where 4 suffice";
        }),
        Doctoring.Of<MemoryStaysBounded>("a task too many", Samples.Multifd, run =>
        {
            run.TaskCount = 7;
            return "7 tasks were started where 6 suffice";
        }),
        Doctoring.Of<MemoryStaysBounded>("a reader for each page of a file", Samples.MappedRam, run =>
        {
            run.TaskCount = 80;
            return "80 tasks were started where 12 suffice";
        }),
    ];
}
