namespace Qemu.Migration.Destination.Qapi;

/// <summary>
/// The file descriptors that monitors sent with their commands. <c>getfd</c> gives a descriptor a name, <c>add-fd</c> puts it in a set.
/// The store owns a descriptor until the migration takes it or a command closes it. All monitors share one store; whoever uses it holds
/// the host's monitor lock.
/// </summary>
/// <param name="close">Closes a descriptor.</param>
internal sealed class DescriptorStore(Action<int> close)
{
    private readonly Dictionary<string, int> _named = [];
    private readonly SortedDictionary<long, List<SetMember>> _sets = [];

    /// <summary>The names that have a descriptor.</summary>
    internal IEnumerable<string> Names => _named.Keys;

    /// <summary>The sets by their ids.</summary>
    internal IReadOnlyDictionary<long, List<SetMember>> Sets => _sets;

    /// <summary>Closes a descriptor that is not in the store.</summary>
    /// <param name="descriptor">The descriptor.</param>
    public void Close(int descriptor) => close(descriptor);

    /// <summary>Gives a descriptor a name, and closes the descriptor that had the name before.</summary>
    /// <param name="name">The name.</param>
    /// <param name="descriptor">The descriptor. From now on the store owns it.</param>
    public void SetName(string name, int descriptor)
    {
        if (_named.Remove(name, out int old))
            close(old);
        _named.Add(name, descriptor);
    }

    /// <summary>Takes a descriptor out of the store.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The descriptor, which the caller now owns; null where none has the name.</returns>
    public int? TakeNamed(string name) => _named.Remove(name, out int descriptor) ? descriptor : null;

    /// <summary>The first descriptor of a set. The store still owns it.</summary>
    /// <param name="setId">The set's id.</param>
    /// <returns>The descriptor; null where there is no such set.</returns>
    public int? FirstOfSet(long setId) =>
        _sets.TryGetValue(setId, out List<SetMember>? members) ? members[0].Descriptor : null;

    /// <summary>Adds a descriptor to a set.</summary>
    /// <param name="setId">The set's id; null for a new set with the least free id.</param>
    /// <param name="opaque">A text that <c>query-fdsets</c> returns with it, or null.</param>
    /// <param name="descriptor">The descriptor. From now on the store owns it.</param>
    /// <returns>The set's id.</returns>
    internal long AddToSet(long? setId, string? opaque, int descriptor)
    {
        long id = setId ?? 0;
        while (setId is null && _sets.ContainsKey(id))
            id++;
        if (!_sets.TryGetValue(id, out List<SetMember>? members))
            _sets.Add(id, members = []);
        members.Add(new(descriptor, opaque));
        return id;
    }

    /// <summary>Closes the descriptors of a set, or one of them. Removes a set that is then empty.</summary>
    /// <param name="setId">The set's id.</param>
    /// <param name="descriptor">The descriptor; null for all.</param>
    /// <returns>True when at least one was there.</returns>
    internal bool TryRemove(long setId, long? descriptor)
    {
        if (!_sets.TryGetValue(setId, out List<SetMember>? members))
            return false;
        List<SetMember> removed = [.. members.Where(m => descriptor is null || m.Descriptor == descriptor)];
        foreach (SetMember member in removed)
        {
            close(member.Descriptor);
            members.Remove(member);
        }
        if (members.Count == 0)
            _sets.Remove(setId);
        return removed.Count > 0;
    }

    /// <summary>A descriptor in a set.</summary>
    /// <param name="Descriptor">Its number.</param>
    /// <param name="Opaque">A text that <c>query-fdsets</c> returns with it, or null.</param>
    internal readonly record struct SetMember(int Descriptor, string? Opaque);
}
