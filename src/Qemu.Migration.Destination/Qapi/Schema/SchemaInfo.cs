namespace Qemu.Migration.Destination.Qapi.Schema;

/// <summary>QAPI <c>SchemaInfo</c>: the type of one entry of <c>query-qmp-schema</c>.</summary>
internal static class SchemaInfo
{
    /// <summary>The type.</summary>
    public static QapiObject Type { get; } = new(
        new("name", QapiType.Text),
        new("meta-type", new QapiEnum("builtin", "enum", "array", "object", "alternate", "command", "event")),
        new("features", new QapiArray(QapiType.Text), true))
    {
        Tag = "meta-type",
        Variants = new Dictionary<string, QapiObject>
        {
            ["builtin"] = new(new QapiMember(
                "json-type", new QapiEnum("string", "number", "int", "boolean", "null", "object", "array", "value"))),
            ["enum"] = new(
                new("members", new QapiArray(new QapiObject(
                    new("name", QapiType.Text), new("features", new QapiArray(QapiType.Text), true)))),
                new("values", new QapiArray(QapiType.Text))),
            ["array"] = new(new QapiMember("element-type", QapiType.Text)),
            ["object"] = new(
                new("members", new QapiArray(Member())),
                new("tag", QapiType.Text, true),
                new("variants", new QapiArray(new QapiObject(new("case", QapiType.Text), new("type", QapiType.Text))), true)),
            ["alternate"] = new(new QapiMember("members", new QapiArray(new QapiObject(new QapiMember("type", QapiType.Text))))),
            ["command"] = new(
                new("arg-type", QapiType.Text), new("ret-type", QapiType.Text), new("allow-oob", QapiType.Boolean, true)),
            ["event"] = new(new QapiMember("arg-type", QapiType.Text)),
        },
    };

    private static QapiObject Member() => new(
        new("name", QapiType.Text), new("type", QapiType.Text), new("default", QapiType.Any, true),
        new("features", new QapiArray(QapiType.Text), true));
}
