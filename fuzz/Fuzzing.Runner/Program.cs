using Fuzzing.Runner.Commands;
using Fuzzing.Runner.Workers;

return args is [WorkerProcess.Verb, var request] ? WorkerProcess.Serve(request) : new FuzzCommand().Run(args);
