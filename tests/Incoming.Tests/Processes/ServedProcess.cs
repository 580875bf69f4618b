using System.Net.Sockets;
using TestKit;

namespace Processes;

/// <summary><c>incoming serve</c> with a monitor, and a recorded stream to feed it with.</summary>
public sealed class ServedProcess : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<IDisposable> _owned = [];

    public TemporaryFolder Folder => _folder;

    /// <summary>A stream of 2 MiB that <see cref="Block"/> fits.</summary>
    public static byte[] Stream { get; } = Capture.Open("none-return-path").MainStream();

    public static string[] Block { get; } = ["--block", "m0=2M"];

    public TestProcess Process { get; private set; } = null!;

    public QmpClient Monitor { get; private set; } = null!;

    public UnixDomainSocketEndPoint MigrationEnd => new(_folder["mig"]);

    /// <summary>Starts it behind a line of shell, waiting on a Unix socket unless told otherwise.</summary>
    public void Start(string shell, params string[] arguments)
    {
        string[] incoming = arguments.Contains("--incoming") ? [] : ["--incoming", $"unix:{_folder["mig"]}"];
        Process = TestProcess.IncomingUnder(
            shell, ["serve", .. Block, "--qmp", $"unix:{_folder["qmp"]}", "--capability", "events", .. incoming, .. arguments]);
        Monitor = QmpClient.ConnectAndNegotiate(_folder["qmp"], Process);
        // Monitors are served before the source is.
        if (incoming.Length > 0)
            Patience.Until(() => Monitor.Run("query-migrate")["status"] is not null, "it does not listen");
    }

    /// <summary>A connection that says nothing, to the migration's socket or the monitor's. Waits while it is full.</summary>
    public Socket ConnectIdle(string socketName = "mig")
    {
        Socket socket = PeerSocket.Connect(new UnixDomainSocketEndPoint(_folder[socketName]));
        _owned.Add(socket);
        return socket;
    }

    /// <summary>Sends a stream as a source does, and reads to the end.</summary>
    public void Feed(byte[] stream) => PeerSocket.Feed(MigrationEnd, stream);

    /// <summary>The real source comes, again where it was refused since what others had was not free yet, and is served; then the
    /// process ends as it is told to.</summary>
    public TestProcess.Result CompleteAndQuit()
    {
        Patience.Until(IsTaken, "the source is refused again and again");
        Monitor.WaitForStatus("completed");
        Monitor.Run("quit");
        TestProcess.Result result = Process.Wait();
        Assert.Equal(0, result.ExitCode);
        return result;

        bool IsTaken()
        {
            Feed(Stream);
            return (string?)Monitor.Run("query-migrate")["status"] != "setup";
        }
    }

    public void Dispose()
    {
        _owned.ForEach(owned => owned.Dispose());
        Monitor?.Dispose();
        Process?.Dispose();
        _folder.Dispose();
    }
}
