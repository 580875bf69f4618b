using System.Collections;
using System.Reflection;
using Simulation.Engine.Choices;
using Simulation.Scenarios;
using Simulation.Scenarios.Options;

namespace Scenarios.Tests.Options;

public sealed class NotDrawnTests
{
    private const int Seeds = 8000;

    [Fact]
    public void Each_option_is_drawn_or_in_the_table()
    {
        SortedDictionary<string, (Type Type, HashSet<string> Values)> seen = new(StringComparer.Ordinal);
        foreach (ulong seed in SeedRange.Of(1, Seeds))
            Walk("", ScenarioOptions.Draw(seed) with { Seed = seed }, seen);
        // A part that is there or absent has members of its own, where it is there.
        string[] missing = [.. seen.Where(member => !seen.Keys.Any(other => other.StartsWith($"{member.Key}.", StringComparison.Ordinal)))
            .SelectMany(member => Missing(member.Key, member.Value.Type, member.Value.Values)).Order(StringComparer.Ordinal)];
        string[] listed = [.. NotDrawn.All.Select(row => row.Member).OfType<string>().Order(StringComparer.Ordinal)];
        Assert.Equal(listed, missing);
    }

    [Fact]
    public void Each_line_of_the_table_has_a_reason() => Assert.All(NotDrawn.All, row => Assert.True(row.What.Length > 5 && row.Reason.Length > 10));

    // Of a member that is true or false, or one of some names, each value; of any other at least two.
    private static IEnumerable<string> Missing(string member, Type type, HashSet<string> values)
    {
        Type plain = Nullable.GetUnderlyingType(type) ?? type;
        if (plain == typeof(bool))
            return values.Count == 2 ? [] : [member];
        if (plain.IsEnum)
            return Enum.GetNames(plain).Where(name => !values.Contains(name)).Select(name => $"{member}={name}");
        return values.Count > 1 ? [] : [member];
    }

    private static void Walk(string path, object value, SortedDictionary<string, (Type Type, HashSet<string> Values)> seen)
    {
        foreach (PropertyInfo property in value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            string name = path.Length == 0 ? property.Name : $"{path}.{property.Name}";
            object? member = property.GetValue(value);
            if (member is IEnumerable items and not string)
            {
                foreach (object item in items)
                    Walk(name, item, seen);
            }
            else if (member is not null and not string && !member.GetType().IsValueType)
            {
                Walk(name, member, seen);
            }
            else
            {
                if (!seen.TryGetValue(name, out (Type Type, HashSet<string> Values) known))
                    seen.Add(name, known = (property.PropertyType, []));
                known.Values.Add(member is Ratio ratio ? $"{ratio.Numerator}/{ratio.Denominator}" : member?.ToString() ?? "");
            }
        }
    }
}
