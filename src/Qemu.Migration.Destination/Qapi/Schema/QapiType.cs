namespace Qemu.Migration.Destination.Qapi.Schema;

/// <summary>A type of the QMP schema.</summary>
internal abstract record QapiType
{
    /// <summary>QAPI <c>str</c>.</summary>
    public static QapiType Text { get; } = new QapiBuiltin("str", "string");

    /// <summary>QAPI <c>bool</c>.</summary>
    public static QapiType Boolean { get; } = new QapiBuiltin("bool", "boolean");

    /// <summary>QAPI <c>number</c>.</summary>
    public static QapiType Number { get; } = new QapiBuiltin("number", "number");

    /// <summary>QAPI <c>null</c>.</summary>
    public static QapiType Null { get; } = new QapiBuiltin("null", "null");

    /// <summary>QAPI <c>any</c>.</summary>
    public static QapiType Any { get; } = new QapiBuiltin("any", "value");

    /// <summary>QAPI <c>int</c>.</summary>
    public static QapiType Int64 { get; } = new QapiInteger(null);

    /// <summary>QAPI <c>uint8</c>.</summary>
    public static QapiType UInt8 { get; } = new QapiInteger(8);

    /// <summary>QAPI <c>uint16</c>.</summary>
    public static QapiType UInt16 { get; } = new QapiInteger(16);

    /// <summary>QAPI <c>uint32</c>.</summary>
    public static QapiType UInt32 { get; } = new QapiInteger(32);

    /// <summary>QAPI <c>uint64</c> and <c>size</c>.</summary>
    public static QapiType UInt64 { get; } = new QapiInteger(64);

    /// <summary>QAPI <c>StrOrNull</c>.</summary>
    public static QapiType TextOrNull { get; } = new QapiAlternate("StrOrNull", Text, Null);
}

/// <summary>A built-in type other than the integers.</summary>
/// <param name="Name">Its name in the schema.</param>
/// <param name="JsonType">The JSON type that carries it; for an error's text too.</param>
internal sealed record QapiBuiltin(string Name, string JsonType) : QapiType;

/// <summary>An integer. The schema calls all of them <c>int</c>.</summary>
/// <param name="UnsignedBits">Bits of an unsigned one; null for the signed one of 64 bits.</param>
internal sealed record QapiInteger(int? UnsignedBits) : QapiType;

/// <summary>An enumeration.</summary>
/// <param name="Values">Its values.</param>
internal sealed record QapiEnum(params IReadOnlyList<string> Values) : QapiType;

/// <summary>A list.</summary>
/// <param name="Element">What it is a list of.</param>
internal sealed record QapiArray(QapiType Element) : QapiType;

/// <summary>A value of one of several types.</summary>
/// <param name="Name">What an error calls it.</param>
/// <param name="Types">The types.</param>
internal sealed record QapiAlternate(string Name, params IReadOnlyList<QapiType> Types) : QapiType;

/// <summary>A struct or a flat union: a JSON object with named members.</summary>
internal sealed record QapiObject : QapiType
{
    /// <summary>Makes a struct.</summary>
    /// <param name="members">Its members.</param>
    public QapiObject(params IReadOnlyList<QapiMember> members) => Members = members;

    /// <summary>The object without members.</summary>
    public static QapiObject Empty { get; } = new();

    /// <summary>The members of every value.</summary>
    public IReadOnlyList<QapiMember> Members { get; }

    /// <summary>The member whose value says which variant follows; null for a struct.</summary>
    public string? Tag { get; init; }

    /// <summary>What follows by the tag's value; nothing for a value that is not here.</summary>
    public IReadOnlyDictionary<string, QapiObject> Variants { get; init; } = new Dictionary<string, QapiObject>();
}

/// <summary>A member of an object.</summary>
/// <param name="Name">Its name. One that begins with <c>x-</c> is unstable.</param>
/// <param name="Type">Its type.</param>
/// <param name="IsOptional">Whether it may be absent.</param>
internal sealed record QapiMember(string Name, QapiType Type, bool IsOptional = false);
