using Simulation.Runner.Commands;

return new SimulateCommand().Run(args);
