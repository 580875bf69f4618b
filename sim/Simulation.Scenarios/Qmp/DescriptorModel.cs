using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Qmp;

/// <summary>The file descriptors that a host keeps for its monitors, by name and in sets.</summary>
internal sealed class DescriptorModel
{
    private readonly SortedDictionary<string, int> _named = new(StringComparer.Ordinal);
    private readonly SortedDictionary<int, List<(int Descriptor, string? Opaque)>> _sets = [];

    /// <summary>The descriptors that the migration has taken.</summary>
    public List<int> Taken { get; } = [];

    /// <summary>Whether the host keeps a descriptor.</summary>
    /// <param name="descriptor">The descriptor.</param>
    /// <returns>Whether it has a name or stands in a set.</returns>
    public bool Has(int descriptor) =>
        _named.ContainsValue(descriptor) || _sets.Values.Any(set => set.Exists(member => member.Descriptor == descriptor));

    /// <summary>The migration takes a descriptor.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>Whether there is one of that name.</returns>
    public bool TryTake(string name)
    {
        if (!_named.Remove(name, out int descriptor))
            return false;
        Taken.Add(descriptor);
        return true;
    }

    /// <summary>Takes a command.</summary>
    /// <param name="request">The command.</param>
    /// <returns>What its reply must be.</returns>
    public ExpectedReply Take(MonitorRequest request) => request.Command switch
    {
        MonitorCommand.NameDescriptor => Name(request.Name!, request.Descriptor!.Value),
        MonitorCommand.CloseDescriptor => _named.Remove(request.Name!)
            ? ExpectedReply.Done : ExpectedReply.Generic($"File descriptor named '{request.Name}' not found"),
        MonitorCommand.AddDescriptor => Add(request.Variant, request.Descriptor!.Value),
        MonitorCommand.RemoveDescriptor => Remove(request.Variant == 2 ? 3 : request.Variant),
        _ => Query(),
    };

    private ExpectedReply Name(string name, int descriptor)
    {
        if (char.IsAsciiDigit(name[0]))
            return ExpectedReply.Generic("Parameter 'fdname' expects a name not starting with a digit");
        _named[name] = descriptor;
        return ExpectedReply.Done;
    }

    private ExpectedReply Add(int variant, int descriptor)
    {
        if (variant == 2)
            return ExpectedReply.Generic("Parameter 'fdset-id' expects a non-negative value");
        int id = variant == 1 ? 3 : 0;
        while (variant == 0 && _sets.ContainsKey(id))
            id++;
        if (!_sets.TryGetValue(id, out List<(int, string?)>? set))
            _sets.Add(id, set = []);
        set.Add((descriptor, variant == 0 ? "o" : null));
        return ExpectedReply.Of($$"""{"fdset-id":{{id}},"fd":{{descriptor}}}""");
    }

    private ExpectedReply Remove(int id) => _sets.Remove(id)
        ? ExpectedReply.Done : ExpectedReply.Generic($"File descriptor named 'fdset-id:{id}' not found");

    private ExpectedReply Query()
    {
        IEnumerable<string> sets = _sets.Select(set =>
        {
            IEnumerable<string> members = set.Value.Select(member =>
                $$"""{"fd":{{member.Descriptor}}{{(member.Opaque is null ? "" : $",\"opaque\":\"{member.Opaque}\"")}}}""");
            return $$"""{"fds":[{{string.Join(',', members)}}],"fdset-id":{{set.Key}}}""";
        });
        return ExpectedReply.Of($"[{string.Join(',', sets)}]");
    }
}
