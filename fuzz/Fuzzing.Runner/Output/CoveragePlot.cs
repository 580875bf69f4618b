using System.Globalization;

namespace Fuzzing.Runner.Output;

/// <summary>How coverage has grown, as one line of a terminal: from the time at which a corpus was loaded to now.</summary>
internal sealed class CoveragePlot
{
    private const string Levels = "▁▂▃▄▅▆▇█";
    private readonly List<(double Seconds, long Features)> _points = [];

    /// <summary>Takes a point.</summary>
    /// <param name="seconds">When, not before the last.</param>
    /// <param name="features">How many features were reached; a worker that has not read its corpus knows of none.</param>
    public void Add(double seconds, long features)
    {
        if (features > 0 && (_points.Count == 0 || features > _points[^1].Features))
            _points.Add((seconds, features));
    }

    /// <summary>Draws the plot.</summary>
    /// <param name="seconds">Now.</param>
    /// <param name="width">Columns.</param>
    /// <returns>The line; empty where nothing is known.</returns>
    public string Draw(double seconds, int width)
    {
        if (_points.Count == 0)
            return "";
        (double began, long least) = _points[0];
        long most = _points[^1].Features;
        char[] columns = new char[width];
        int point = 0;
        for (int column = 0; column < width; column++)
        {
            double until = began + ((seconds - began) * (column + 1) / width);
            while (point + 1 < _points.Count && _points[point + 1].Seconds <= until)
                point++;
            columns[column] = Levels[most == least ? 0 : (int)((Levels.Length - 1) * (_points[point].Features - least) / (most - least))];
        }
        return string.Create(CultureInfo.InvariantCulture, $"{least:N0} {new string(columns)} {most:N0} features");
    }
}
