namespace Fuzzing.Sample.Tests;

/// <summary>What a fuzzer has to find.</summary>
public static class Mistake
{
    /// <summary>Fails behind four bytes that no guess meets.</summary>
    public static void Fails_behind_a_word(ReadOnlySpan<byte> input)
    {
        if (input.Length > 4 && input[0] == 'w' && input[1] == 'o' && input[2] == 'r' && input[3] == 'd')
            throw new InvalidOperationException("here it is");
    }
}
