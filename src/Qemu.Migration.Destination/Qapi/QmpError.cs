namespace Qemu.Migration.Destination.Qapi;

/// <summary>A QMP command's failure.</summary>
/// <param name="Class">QAPI <c>QapiErrorClass</c>: <c>GenericError</c>, <c>CommandNotFound</c>, <c>DeviceNotFound</c>.</param>
/// <param name="Description">One sentence for people, without a full stop, in QEMU's words where QEMU has some.</param>
internal sealed record QmpError(string Class, string Description)
{
    /// <summary>An error of class <c>GenericError</c>.</summary>
    /// <param name="description">The sentence.</param>
    /// <returns>The error.</returns>
    public static QmpError Generic(string description) => new("GenericError", description);

    /// <summary>An error of class <c>GenericError</c>, where there is a reason for one.</summary>
    /// <param name="reason">The sentence, or null.</param>
    /// <returns>The error, or null.</returns>
    public static QmpError? From(string? reason) => reason is null ? null : Generic(reason);

    /// <summary>An error of class <c>CommandNotFound</c>.</summary>
    /// <param name="description">The sentence.</param>
    /// <returns>The error.</returns>
    public static QmpError NotFound(string description) => new("CommandNotFound", description);
}
