using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.Loader;
using Simulation.PlantedBugs.Compiling;

namespace Simulation.PlantedBugs;

/// <summary>
/// A world with a destination of its own: the two assemblies that were compiled for it, and fresh copies of all that builds on
/// them (simulator, fuzz targets, tests). Packages and the platform are shared with everybody.
/// </summary>
/// <remarks>
/// What enters and leaves is made of the platform's types: to code outside, a type of the simulator in here is another type of the
/// same name. Disposing lets the world be collected once nothing bound in it is held any more.
/// </remarks>
public sealed class PlantedWorld : IDisposable
{
    private readonly FreshContext _context;

    /// <summary>Makes a world.</summary>
    /// <param name="image">Its destination.</param>
    /// <param name="name">What a debugger shows: a bug's id.</param>
    public PlantedWorld(DestinationImage image, string name)
    {
        ArgumentNullException.ThrowIfNull(image);
        _context = new FreshContext(image, name);
    }

    /// <summary>Finds a static method's twin in here.</summary>
    /// <typeparam name="TDelegate">A delegate of the platform over types of the platform: <c>Func&lt;ulong, string&gt;</c>.</typeparam>
    /// <param name="method">A static method out there, no lambda.</param>
    /// <returns>The same method as this world has it.</returns>
    /// <exception cref="ArgumentException">The method is not static, or types of the simulator would cross.</exception>
    public TDelegate Bind<TDelegate>(TDelegate method)
        where TDelegate : Delegate
    {
        ArgumentNullException.ThrowIfNull(method);
        MethodInfo outside = method.Method;
        if (!outside.IsStatic || outside.DeclaringType is not { } type)
            throw new ArgumentException("Only a static method has a twin in a planted world.", nameof(method));
        Module module = _context.LoadFromAssemblyName(type.Assembly.GetName())
            .GetModule(type.Module.Name)!;
        MethodInfo inside = (MethodInfo)module.ResolveMethod(outside.MetadataToken)!;
        return inside.CreateDelegate<TDelegate>();
    }

    /// <inheritdoc/>
    public void Dispose() => _context.Unload();

    private sealed class FreshContext(DestinationImage image, string name) : AssemblyLoadContext(name, isCollectible: true)
    {
        private static readonly string[] OfPlatform = ["System.", "Microsoft.", "netstandard", "mscorlib", "xunit"];

        private readonly ConcurrentDictionary<string, bool> _buildsOnDestination = new(StringComparer.Ordinal);

        protected override Assembly? Load(AssemblyName assemblyName)
        {
            switch (assemblyName.Name)
            {
                case DestinationCompiler.WireName:
                    return LoadFromStream(new MemoryStream(image.Wire.ToArray()));
                case DestinationCompiler.DestinationName:
                    return LoadFromStream(new MemoryStream(image.Destination.ToArray()));
                default:
                    Assembly outside = Default.LoadFromAssemblyName(assemblyName);
                    return BuildsOnDestination(outside) ? LoadFromAssemblyPath(outside.Location) : null;
            }
        }

        private bool BuildsOnDestination(Assembly assembly)
        {
            AssemblyName self = assembly.GetName();
            if (self.Name is DestinationCompiler.WireName or DestinationCompiler.DestinationName)
                return true;
            return !OfPlatform.Any(start => self.Name!.StartsWith(start, StringComparison.Ordinal))
                && _buildsOnDestination.GetOrAdd(self.Name!, _ => assembly.GetReferencedAssemblies()
                    .Any(reference => BuildsOnDestination(Default.LoadFromAssemblyName(reference))));
        }
    }
}
