using System.Text.Json;

namespace Qemu.Migration.Destination.Qapi.Schema;

/// <summary>A command as the schema has it, with what carries it out: arguments are held against the type before, so that what is
/// described and what is accepted cannot differ.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Returns">What it returns; <see cref="QapiObject.Empty"/> is written for it.</param>
/// <param name="Run">Writes the result and returns null, or returns an error; what it has written is then dropped.</param>
internal sealed record QmpCommand(string Name, QapiObject Arguments, QapiType Returns, Func<QmpCall, QmpError?> Run)
{
    /// <summary>Makes a command that cannot fail once its arguments are as the schema says.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="returns">What it returns.</param>
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
