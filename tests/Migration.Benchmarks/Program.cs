using BenchmarkDotNet.Running;

BenchmarkSwitcher.FromAssembly(typeof(Migration.Benchmarks.RecordLoop).Assembly).Run(args);
