Console.Error.WriteLine("fuzz-native is published as native code by 'fuzz build', which links it with libFuzzer.");
return 64;
