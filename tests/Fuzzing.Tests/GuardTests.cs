using Fuzzing.Engine.Execution;

namespace Fuzzing.Tests;

/// <summary>The input lies where its file says, at the end of its room.</summary>
public sealed class GuardTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("fuzzing").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Input_is_found_in_the_file_of_a_process_that_is_gone()
    {
        string file = Path.Combine(_folder, "status");
        byte[] input = [.. Enumerable.Range(0, 5000).Select(i => (byte)(i % 251))];
        using (InputBuffer buffer = new(70_000, file))
        {
            buffer.Place([1, 2, 3]);
            Assert.Equal(input, buffer.Place(input).ToArray());
            Assert.Equal(2, buffer.Status.Executions);
        }
        Assert.Equal(input, InputBuffer.ReadLast(file));
    }

    [Fact]
    public void Input_longer_than_the_room_is_cut()
    {
        using InputBuffer buffer = new(10);
        Assert.Equal(buffer.Capacity, buffer.Place(new byte[100_000]).Length);
    }
}
