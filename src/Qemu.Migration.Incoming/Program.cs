using Qemu.Migration.Incoming.Commands;
using Qemu.Migration.Incoming.Native;

// The runtime aborts the process when it has no descriptor for one of its files, so check the limit first.
return ProcessLimits.AreEnough() ? new IncomingCommand().Run(args) : IncomingCommand.UsageExitCode;
