namespace Fuzzing.Runner.Output;

/// <summary>What OSS-Fuzz asks of a project, so that it builds the packages itself: <c>Dockerfile</c>, <c>build.sh</c>, <c>project.yaml</c>.</summary>
internal static class ServiceProject
{
    /// <summary>The folder of the three files, beside the packages.</summary>
    public const string Folder = "project";

    // AddressSanitizer does not know the managed heap; what it would find a guard page or the runtime finds.
    private const string Description = """
        homepage: {0}
        main_repo: {0}
        language: c++
        fuzzing_engines:
          - libfuzzer
        sanitizers:
          - none
        architectures:
          - x86_64
          - aarch64

        """;

    private const string Image = """
        FROM gcr.io/oss-fuzz-base/base-builder
        RUN apt-get update && apt-get install -y --no-install-recommends curl git zlib1g-dev
        RUN curl -sSL https://dot.net/v1/dotnet-install.sh | bash -s -- --channel 10.0 --install-dir /usr/share/dotnet
        ENV PATH=$PATH:/usr/share/dotnet DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
        RUN git clone --depth 1 {0} $SRC/project
        WORKDIR $SRC/project
        COPY build.sh $SRC/

        """;

    private const string Build = """
        #!/bin/bash -eu
        # One binary a target, with its seeds, words and options, into $OUT.
        dotnet run -c Release --project fuzz/Fuzzing.Runner -- build --engine libfuzzer
        dotnet run -c Release --project fuzz/Fuzzing.Runner -- package --output "$OUT"

        """;

    /// <summary>Writes the three files.</summary>
    /// <param name="folder">The folder of the packages.</param>
    /// <param name="repository">Where the source is cloned from.</param>
    /// <returns>The folder that was written.</returns>
    public static string Write(string folder, string repository)
    {
        string place = Path.Combine(folder, Folder);
        Directory.CreateDirectory(place);
        File.WriteAllText(Path.Combine(place, "project.yaml"), Description.Replace("{0}", repository, StringComparison.Ordinal));
        File.WriteAllText(Path.Combine(place, "Dockerfile"), Image.Replace("{0}", repository, StringComparison.Ordinal));
        string build = Path.Combine(place, "build.sh");
        File.WriteAllText(build, Build);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(build, File.GetUnixFileMode(build) | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        return place;
    }
}
