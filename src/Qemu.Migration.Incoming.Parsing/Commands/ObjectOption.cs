using System.Text.Json;
using System.Text.Json.Nodes;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Qapi;

namespace Qemu.Migration.Incoming.Commands;

/// <summary>
/// <c>--object</c>, in both of QEMU's forms:
/// <code>
/// tls-creds-x509,id=tls0,dir=/etc/pki/qemu,endpoint=server,verify-peer=on     a comma in a value is written twice
/// {"qom-type":"tls-creds-x509","id":"tls0","dir":"/etc/pki/qemu","endpoint":"server","verify-peer":true}
/// </code>
/// </summary>
internal static class ObjectOption
{
    /// <summary>Reads an object.</summary>
    /// <param name="text">The option's value.</param>
    /// <returns>The arguments of <c>object-add</c> that say the same.</returns>
    /// <exception cref="FormatException">It has neither form.</exception>
    public static JsonElement Parse(string text)
    {
        try
        {
            return JsonElement.Parse(text.StartsWith('{') ? text : FromPairs(text).ToJsonString());
        }
        catch (JsonException error)
        {
            throw new FormatException($"--object {text}: {error.Message}", error);
        }
    }

    // As in QEMU, a later value replaces an earlier one.
    private static JsonObject FromPairs(string text)
    {
        const string comma = "\0";
        JsonObject members = [];
        foreach ((int index, string part) in text.Replace(",,", comma, StringComparison.Ordinal).Split(',').Index())
        {
            string pair = part.Replace(comma, ",", StringComparison.Ordinal);
            int equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0 && index > 0)
                throw new FormatException($"--object {text}: '{pair}' is no NAME=VALUE");
            string name = equals < 0 ? "qom-type" : pair[..equals];
            members[name] = Value(name, pair[(equals + 1)..]);
        }
        return members;
    }

    private static JsonNode Value(string name, string text) =>
        !HostObjects.Switches.Contains(name, StringComparer.Ordinal) ? text
        : OnOff.Parse(text) ?? throw new FormatException($"--object: Parameter '{name}' expects 'on' or 'off'");
}
