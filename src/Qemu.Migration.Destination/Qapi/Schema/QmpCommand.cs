using System.Text.Json;

namespace Qemu.Migration.Destination.Qapi.Schema;

/// <summary>A command: the types that the schema shows, and the handler. The arguments are checked against the same type that the
/// schema shows, so that the two cannot differ.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Arguments">The type of its arguments.</param>
/// <param name="Returns">The type of its result. The handler of a command that returns <see cref="QapiObject.Empty"/> writes
/// nothing.</param>
/// <param name="Run">The handler: writes the result and returns null, or returns an error. What it wrote before an error is
/// dropped.</param>
internal sealed record QmpCommand(string Name, QapiObject Arguments, QapiType Returns, Func<QmpCall, QmpError?> Run)
{
    /// <summary>Makes a command that cannot fail when its arguments match their type.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="arguments">The type of its arguments.</param>
    /// <param name="returns">The type of its result.</param>
    /// <param name="run">Writes the result.</param>
    public QmpCommand(string name, QapiObject arguments, QapiType returns, Action<QmpCall> run)
        : this(name, arguments, returns, call =>
        {
            run(call);
            return null;
        })
    {
    }
}

/// <summary>One call of a command.</summary>
/// <param name="Host">What it acts on.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Result">Where it writes what it returns.</param>
/// <param name="TakeDescriptor">Takes the file descriptor that came beside the command, if one did.</param>
internal sealed record QmpCall(IncomingHost Host, QmpArguments Arguments, Utf8JsonWriter Result, Func<int?> TakeDescriptor);
