namespace Qemu.Migration.Destination.Qapi;

/// <summary>
/// File descriptors that monitors sent beside their commands: by name (<c>getfd</c>), or in sets (<c>add-fd</c>), until something takes
/// them or a command closes them. All monitors share them. Used under the host's monitor lock.
/// </summary>
/// <param name="close">Closes a descriptor.</param>
public sealed class DescriptorStore(Action<int> close)
{
    private readonly Dictionary<string, int> _named = [];
    private readonly SortedDictionary<long, List<SetMember>> _sets = [];

    /// <summary>The names that have a descriptor.</summary>
    internal IEnumerable<string> Names => _named.Keys;

    /// <summary>The sets by their ids.</summary>
    internal IReadOnlyDictionary<long, List<SetMember>> Sets => _sets;

    /// <summary>Closes a descriptor that nothing names.</summary>
    /// <param name="descriptor">The descriptor.</param>
    public void Close(int descriptor) => close(descriptor);

    /// <summary>Gives a descriptor a name; one that had the name before is closed.</summary>
    /// <param name="name">The name.</param>
    /// <param name="descriptor">The descriptor, the store's from now on.</param>
    public void SetName(string name, int descriptor)
    {
        if (_named.Remove(name, out int old))
            close(old);
        _named.Add(name, descriptor);
    }

    /// <summary>Takes a descriptor out of the store.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The descriptor, the caller's from now on; null where none has the name.</returns>
    public int? TakeNamed(string name) => _named.Remove(name, out int descriptor) ? descriptor : null;

    /// <summary>The descriptors of a set, which stay the store's.</summary>
    /// <param name="setId">The set's id.</param>
    /// <returns>The descriptors; null where there is no such set.</returns>
    public IReadOnlyList<int>? FindSet(long setId) =>
        _sets.TryGetValue(setId, out List<SetMember>? members) ? [.. members.Select(m => m.Descriptor)] : null;

    /// <summary>Adds a descriptor to a set.</summary>
    /// <param name="setId">The set's id; null for a new set with the least free id.</param>
    /// <param name="opaque">What the monitor wants to be told of it again, or null.</param>
    /// <param name="descriptor">The descriptor, the store's from now on.</param>
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

    /// <summary>Closes a set's descriptors, or one of them. A set without descriptors is gone.</summary>
    /// <param name="setId">The set's id.</param>
    /// <param name="descriptor">The descriptor; null for all.</param>
    /// <returns>Whether they were there.</returns>
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
    /// <param name="Opaque">What the monitor wants to be told of it again, or null.</param>
    internal readonly record struct SetMember(int Descriptor, string? Opaque);
}
