using Fuzzing.Engine;
using Qemu.Migration.Destination.Qapi;

namespace Fuzzing.Targets.Monitors;

/// <summary>A host that counts the file descriptors which its monitors pass: each is closed, and once.</summary>
internal abstract class AccountingHost : IncomingHost
{
    private readonly List<int> _open = [];
    private bool _isJudged;
    private int _descriptors;

    /// <summary>A file descriptor that a monitor passes.</summary>
    public int Open()
    {
        _open.Add(++_descriptors);
        return _descriptors;
    }

    /// <summary>After the sessions have ended, only what the store holds is open.</summary>
    public void JudgeDescriptors()
    {
        CloseAll();
        FindingException.Unless(_open.Count == 0, "a descriptor is closed that nothing holds", $"{_open.Count} left open");
    }

    /// <summary>No descriptor is there, also when the last run ended in the middle because of a finding. What that run left in the store is
    /// not judged a second time.</summary>
    protected void ForgetDescriptors()
    {
        _isJudged = false;
        CloseAll();
        _open.Clear();
        _isJudged = true;
        _descriptors = 0;
    }

    protected override void CloseDescriptor(int descriptor)
    {
        bool wasOpen = _open.Remove(descriptor);
        FindingException.Unless(wasOpen || !_isJudged, "a descriptor is closed once", $"{descriptor}");
    }

    private void CloseAll()
    {
        foreach (string name in Descriptors.Names.ToArray())
            CloseDescriptor(Descriptors.TakeNamed(name)!.Value);
        foreach (long set in Descriptors.Sets.Keys.ToArray())
            Descriptors.TryRemove(set, null);
    }
}
