using System.Text;
using Fuzzing.Xunit;

namespace Company.Parser;

public sealed class LabelTests
{
    // dotnet test replays the folder Corpus; FUZZ_TIME=10s dotnet test looks for what fails.
    [FuzzTarget("Company.Parser")]
    public void Any_text_is_read_or_refused(ReadOnlySpan<byte> input) => Label.Parse(Encoding.UTF8.GetString(input));

    [Fact]
    public void Label_is_read() => Assert.Equal(("a=b", "c"), Label.Parse(@"a\=b=c"));
}
