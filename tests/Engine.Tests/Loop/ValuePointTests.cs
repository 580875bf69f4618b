using Simulation.Engine.Loop;

namespace Simulation.Engine.Tests.Loop;

public sealed class ValuePointTests
{
    private readonly SimulationLoop _loop = new();
    private int _value = 1;
    private int _taken;

    [Fact]
    public void Value_is_taken_when_the_task_is_chosen_again()
    {
        ValuePoint<int> point = new(_loop, () => _value);
        _loop.Spawn("takes", async () => _taken = await point.TakeAsync("take"));
        _loop.Spawn("changes", () =>
        {
            _value = 2;
            return Task.CompletedTask;
        });

        Assert.Equal(RunOutcome.Completed, _loop.Run().Outcome);
        Assert.Equal(2, _taken);
    }

    [Fact]
    public void Task_that_is_alone_takes_it_at_once_in_a_step_of_its_own()
    {
        ValuePoint<int> point = new(_loop, () => _value);
        _loop.Spawn("takes", () =>
        {
            ValueTask<int> value = point.TakeAsync("take");
            Assert.True(value.IsCompleted);
            _taken = value.Result;
            return Task.CompletedTask;
        });

        Assert.Equal(2, _loop.Run().Steps);
        Assert.Equal(1, _taken);
    }

    [Fact]
    public void What_taking_throws_comes_out_where_the_value_is_awaited()
    {
        ValuePoint<int> point = new(_loop, () => throw new IOException("gone"));
        bool caught = false;
        _loop.Spawn("takes", async () =>
        {
            try
            {
                await point.TakeAsync("take");
            }
            catch (IOException)
            {
                caught = true;
            }
        });
        _loop.Spawn("other", async () => await _loop.Point("x"));

        _loop.Run();
        Assert.True(caught);
    }
}
