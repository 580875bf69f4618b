namespace Architecture.Tests;

public class HashTableOrderTests
{
    [Fact]
    public void No_deterministic_layer_depends_on_the_order_of_a_hash_table() => Violations.None(
        HashTableOrder.Walks(Platform.Compile(
            Repository.DeterministicSources().Select(path => (path, Repository.Read(path))))));

    [Theory]
    [InlineData("foreach (var pair in table) { }", 1)]
    [InlineData("foreach (var (key, value) in table) { }", 1)]
    [InlineData("foreach (var key in table.Keys) { }", 1)]
    [InlineData("foreach (var value in set) { }", 1)]
    [InlineData("var list = table.Values.ToList();", 1)]
    [InlineData("int[] list = [.. set];", 1)]
    [InlineData("var first = set.Where(x => x > 1).First();", 1)]
    [InlineData("var query = from x in set select x;", 1)]
    [InlineData("var e = table.GetEnumerator();", 1)]
    [InlineData("foreach (var key in table.Keys.Order()) { }", 0)]
    [InlineData("foreach (var pair in table.OrderBy(pair => pair.Key, StringComparer.Ordinal)) { }", 0)]
    [InlineData("foreach (var pair in sorted) { }", 0)]
    [InlineData("bool any = set.Any(x => x > 1) && table.ContainsKey(\"a\") && table.TryGetValue(\"b\", out _);", 0)]
    public void Walk_in_hash_order_is_told_from_lookup_and_sorted_copy(string statement, int expected)
    {
        string text = $$"""
            class Sample
            {
                void Run(Dictionary<string, int> table, HashSet<int> set, SortedDictionary<string, int> sorted)
                {
                    {{statement}}
                }
            }
            """;
        Assert.Equal(expected, HashTableOrder.Walks(Platform.Compile([("a.cs", text)])).Count());
    }
}
