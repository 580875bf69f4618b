using System.Reflection;
using TestKit;
using Xunit.Sdk;

namespace Processes;

/// <summary>A row of a theory for each QEMU that was found: its version first, then the data.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class EachQemuAttribute(params object[] data) : DataAttribute
{
    /// <summary>The oldest version that the test takes, by its first number.</summary>
    public int From { get; init; } = 10;

    /// <summary>The newest version that the test takes, by its first number.</summary>
    public int To { get; init; } = int.MaxValue;

    /// <inheritdoc/>
    public override IEnumerable<object[]> GetData(MethodInfo testMethod) =>
        RealQemu.Versions(From, To).Select(version => (object[])[version, .. data]);

    /// <summary>Finds the QEMU of a row. Skips the test where there is none (<see cref="Needs"/>).</summary>
    /// <param name="version">The version that the row has.</param>
    /// <returns>The QEMU.</returns>
    public static RealQemu Require(string version)
    {
        RealQemu? qemu = RealQemu.OfVersion(version);
        Needs.That(qemu is not null, $"there is no QEMU {version}; {RealQemu.HowToInstall}");
        return qemu!;
    }
}
