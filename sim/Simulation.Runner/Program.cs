using Simulation.Runner.Commands;
using Simulation.Runner.Generated;

return args is [HuntServer.Verb] ? HuntServer.Run() : new SimulateCommand().Run(args);
