namespace Simulation.Scenarios.Observing;

/// <summary>What a monitor can send.</summary>
public enum MonitorCommand
{
    /// <summary><c>qmp_capabilities</c>.</summary>
    Negotiate,

    /// <summary><c>query-migrate</c>.</summary>
    QueryMigrate,

    /// <summary><c>query-status</c>.</summary>
    QueryStatus,

    /// <summary><c>migrate-incoming</c> at the address where the source comes.</summary>
    Begin,

    /// <summary><c>migrate-incoming</c> at an address that is taken.</summary>
    BeginAtTakenAddress,

    /// <summary><c>migrate-incoming</c> with no address, or with two.</summary>
    BeginNowhere,

    /// <summary>A second <c>migrate-incoming</c>.</summary>
    BeginAgain,

    /// <summary><c>cont</c>.</summary>
    Continue,

    /// <summary><c>stop</c>.</summary>
    Stop,

    /// <summary><c>migrate-set-capabilities</c>: xbzrle off, so that a migration that saw it would go wrong.</summary>
    SwitchCapability,

    /// <summary><c>migrate-set-capabilities</c> with all that the migration needs.</summary>
    SetCapabilities,

    /// <summary><c>migrate-set-capabilities</c>: events on or off.</summary>
    SwitchEvents,

    /// <summary><c>migrate-set-capabilities</c>: multifd on, which must not be done after <c>migrate-incoming</c>.</summary>
    SwitchMultifd,

    /// <summary><c>migrate-set-parameters</c>: another number of channels, likewise.</summary>
    SetParameter,

    /// <summary><c>migrate-set-parameters</c> with all that the migration needs.</summary>
    SetParameters,

    /// <summary><c>query-migrate-capabilities</c>.</summary>
    QueryCapabilities,

    /// <summary><c>query-migrate-parameters</c>.</summary>
    QueryParameters,

    /// <summary><c>query-yank</c>.</summary>
    QueryYank,

    /// <summary><c>migrate-pause</c>.</summary>
    Pause,

    /// <summary><c>migrate-recover</c>, at an address of its own.</summary>
    Recover,

    /// <summary><c>x-touch</c>: a page, a whole block, or a block that is not there.</summary>
    Touch,

    /// <summary><c>human-monitor-command</c>: <c>info status</c>.</summary>
    InfoStatus,

    /// <summary><c>getfd</c> with a descriptor.</summary>
    NameDescriptor,

    /// <summary><c>closefd</c>.</summary>
    CloseDescriptor,

    /// <summary><c>add-fd</c> with a descriptor.</summary>
    AddDescriptor,

    /// <summary><c>remove-fd</c>.</summary>
    RemoveDescriptor,

    /// <summary><c>query-fdsets</c>.</summary>
    QueryDescriptors,

    /// <summary>What the machine is, of which scenarios differ: <c>query-uuid</c>, <c>query-machines</c>, the human monitor's list of
    /// capabilities.</summary>
    QueryMachine,

    /// <summary>Something whose reply does not depend on any state.</summary>
    Fixed,

    /// <summary>Bytes that are no JSON, or no JSON object.</summary>
    Malformed,

    /// <summary><c>quit</c>.</summary>
    Quit,
}
