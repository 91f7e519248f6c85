namespace Fairway.Telemetry.Traces.Storage;

/// <summary>The blocks of a directory.</summary>
internal static class TraceFiles
{
    /// <summary>Opens them; damaged ones are moved aside and named, unfinished ones removed.</summary>
    public static List<TraceBlock> Open(string directory, string aside, Action<string, string> setAside)
    {
        Directory.CreateDirectory(directory);
        var blocks = new List<TraceBlock>();
        foreach (string path in Directory.GetFiles(directory).Order(StringComparer.Ordinal))
        {
            if (!path.EndsWith(".blk", StringComparison.Ordinal))
            {
                File.Delete(path);
                continue;
            }

            try
            {
                blocks.Add(TraceBlock.Open(path));
            }
            catch (Exception damaged) when (damaged is InvalidDataException or ArgumentOutOfRangeException or IndexOutOfRangeException or OverflowException)
            {
                Directory.CreateDirectory(aside);
                File.Move(path, Path.Combine(aside, Path.GetFileName(path)), overwrite: true);
                setAside(path, damaged.Message);
            }
        }

        return blocks;
    }
}
