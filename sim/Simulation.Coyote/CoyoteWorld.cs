using System.Reflection;
using System.Runtime.Loader;

namespace Simulation.Coyote;

/// <summary>A world in which the destination, the models and this room are rewritten; everything else is shared with the world outside.</summary>
/// <remarks>What enters and leaves is made of the platform's types: in here, types of the destination are others of the same
/// names.</remarks>
public sealed class CoyoteWorld : IDisposable
{
    private readonly RewrittenContext _context;

    /// <summary>Makes a world.</summary>
    /// <param name="image">The rewritten assemblies.</param>
    public CoyoteWorld(RewrittenImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        _context = new(image);
    }

    /// <summary>Finds a static method's twin in here.</summary>
    /// <typeparam name="TDelegate">A delegate of the platform over types of the platform.</typeparam>
    /// <param name="method">A static method of this room, not overloaded.</param>
    /// <returns>The same method as this world has it.</returns>
    public TDelegate Bind<TDelegate>(TDelegate method)
        where TDelegate : Delegate
    {
        ArgumentNullException.ThrowIfNull(method);
        const BindingFlags statics = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;
        Assembly inside = _context.LoadFromAssemblyName(typeof(CoyoteWorld).Assembly.GetName());
        return inside.GetType(method.Method.DeclaringType!.FullName!, throwOnError: true)!
            .GetMethod(method.Method.Name, statics)!
            .CreateDelegate<TDelegate>();
    }

    /// <inheritdoc/>
    public void Dispose() => _context.Unload();

    private sealed class RewrittenContext(RewrittenImage image) : AssemblyLoadContext("coyote", isCollectible: true)
    {
        protected override Assembly? Load(AssemblyName assemblyName) =>
            image.Assemblies.TryGetValue(assemblyName.Name!, out ReadOnlyMemory<byte> rewritten)
                ? LoadFromStream(new MemoryStream(rewritten.ToArray())) : null;
    }
}
