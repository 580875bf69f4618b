using Qemu.Migration.Incoming.Commands;
using Qemu.Migration.Incoming.Native;

// The runtime ends the process where it cannot open a part of itself: this is looked at before there are many.
return ProcessLimits.AreEnough() ? new IncomingCommand().Run(args) : IncomingCommand.UsageExitCode;
