using System.Text.Json;
using Qemu.Migration.Destination.Qapi.Schema;

namespace Qemu.Migration.Destination.Qapi;

/// <summary>QAPI's <c>ObjectOptions</c>: which objects <c>object-add</c> and <c>--object</c> can make, and of what.</summary>
internal static class HostObjects
{
    /// <summary>The members in the schema.</summary>
    internal static QapiObject Schema { get; } = new(
        new("qom-type", new QapiEnum(TlsCredsX509Properties.TypeName)), new("id", QapiType.Text))
    {
        Tag = "qom-type",
        Variants = new Dictionary<string, QapiObject> { [TlsCredsX509Properties.TypeName] = TlsCredsX509Properties.Schema },
    };

    /// <summary>Properties that are true or false, of all types: a command line says <c>on</c> or <c>off</c>.</summary>
    public static IReadOnlyList<string> Switches { get; } =
        [.. Schema.Variants.Values.SelectMany(type => type.Members).Where(m => m.Type == QapiType.Boolean).Select(m => m.Name)];

    /// <summary>Makes an object.</summary>
    /// <param name="host">Whose it is.</param>
    /// <param name="members">A JSON object: <c>qom-type</c>, <c>id</c> and the type's properties.</param>
    /// <returns>QEMU's error text, or null.</returns>
    public static string? Add(IncomingHost host, JsonElement members) => QapiVisitor.Check(Schema, members) ?? Add(host, new QmpArguments(members));

    /// <summary>Makes an object of arguments that were checked.</summary>
    internal static string? Add(IncomingHost host, QmpArguments arguments)
    {
        string id = arguments.String("id")!;
        return IsIdentifier(id)
            ? host.AddTlsCredentials(id, TlsCredsX509Properties.Read(arguments))
            : "Parameter 'id' expects an identifier";
    }

    // QEMU's ids begin with a letter; letters, digits, '-', '.' and '_' follow.
    private static bool IsIdentifier(string id) =>
        id.Length > 0 && char.IsAsciiLetter(id[0]) && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_');
}
