namespace Architecture.Tests;

public class TypeNameTests
{
    [Fact]
    public void One_name_is_one_type() => Violations.None(TypeNames.Shared(
        Repository.Files(".cs", "src", "sim", "fuzz").Select(path => (path, Repository.Read(path)))));

    [Theory]
    [InlineData("internal sealed class A;", "internal sealed class B;", 0)]
    [InlineData("internal sealed class A;", "public readonly record struct A(int X);", 1)]
    [InlineData("internal sealed class A<T>;", "internal sealed class A;", 0)]
    [InlineData("internal sealed class A;", "internal sealed class B\n{\n    private sealed class A;\n}", 0)]
    [InlineData("internal sealed partial class A;", "internal sealed partial class A;", 0)]
    [InlineData("internal sealed partial class A;", "internal sealed class A;", 1)]
    public void Name_of_two_types_is_told(string one, string other, int expected) =>
        Assert.Equal(expected, TypeNames.Shared([("sim/One/X.cs", one), ("sim/One/Y.cs", other)]).Count());

    [Fact]
    public void Parts_in_two_projects_are_two_types() => Assert.Equal(
        ["A is declared in sim/One/X.cs and sim/Two/X.cs."],
        TypeNames.Shared([("sim/Two/X.cs", "partial class A;"), ("sim/One/X.cs", "partial class A;")]));
}
