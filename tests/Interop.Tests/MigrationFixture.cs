using System.Text;
using Processes;

namespace Interop.Tests;

/// <summary>What tests that migrate from a real QEMU have in common: a folder, the RAM of the source, a destination that listens.</summary>
public abstract class MigrationFixture : IDisposable
{
    protected TemporaryFolder Folder { get; } = new();

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) => Folder.Dispose();

    /// <summary>Fills the RAM that the source will have: half of the pages are zero, no two of the others alike.</summary>
    protected void FillRam(int megabytes)
    {
        byte[] ram = new byte[megabytes << 20];
        for (int page = 0; page < ram.Length; page += 8192)
            Encoding.ASCII.GetBytes($"page {page}").CopyTo(ram, page + page % 4000);
        File.WriteAllBytes(Folder["source-ram"], ram);
    }

    /// <summary>Lets a destination wait for its source.</summary>
    protected QmpClient Listen(TestProcess process, string transport, out string uri)
    {
        QmpClient qmp = QmpClient.ConnectAndNegotiate(Folder["qmp"], process);
        uri = transport == "unix" ? $"unix:{Folder["mig"]}" : "tcp:127.0.0.1:0";
        qmp.Run("migrate-incoming", $$"""{"uri":"{{uri}}","exit-on-error":false}""");
        if (transport == "tcp")
            uri = $"tcp:127.0.0.1:{(string?)qmp.Run("query-migrate")["socket-address"]![0]!["port"]}";
        return qmp;
    }

    private protected void AssertSameRam(QemuSource source) => Assert.True(
        File.ReadAllBytes(source.RamFile).AsSpan().SequenceEqual(File.ReadAllBytes(Folder["ram"])), "the RAM files differ");
}
