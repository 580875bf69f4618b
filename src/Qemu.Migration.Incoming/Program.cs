using Qemu.Migration.Incoming.Commands;

return new IncomingCommand().Run(args);
