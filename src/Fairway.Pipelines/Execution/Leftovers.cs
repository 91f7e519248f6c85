using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Fairway.Pipelines.Execution;

/// <summary>
/// Finds processes that steps left behind: by a mark in the environment that every process of a job inherits, and, where the
/// system does not show environments, by a record of process ids and start times.
/// </summary>
/// <param name="marker">The variable's name and value up to where it is unique to this platform: <c>FAIRWAY_JOB=ab12</c>.</param>
/// <param name="records">Where ids are recorded.</param>
internal sealed class Leftovers(string marker, string records)
{
    private const int Passes = 20;

    /// <summary>The value that a job's processes carry.</summary>
    public string MarkOf(string job) => $"{marker[(marker.IndexOf('=', StringComparison.Ordinal) + 1)..]}:{job}";

    public string Variable => marker[..marker.IndexOf('=', StringComparison.Ordinal)];

    /// <summary>Notes a process, so that it is found after a crash.</summary>
    public void Record(int process)
    {
        Directory.CreateDirectory(records);
        File.WriteAllText(RecordOf(process), StartOf(process));
    }

    public void Forget(int process) => File.Delete(RecordOf(process));

    /// <summary>Kills every process of one job, or of all when none is named. Returns when none is left.</summary>
    /// <returns>How many were ended.</returns>
    public int End(string? job)
    {
        byte[] wanted = Encoding.UTF8.GetBytes(job is null ? marker + ":" : $"{marker}:{job}\0");
        int ended = Directory.Exists("/proc/self") ? EndMarked(wanted) : 0;
        return job is null ? ended + EndRecorded() : ended;
    }

    // A process may fork between the look and the kill, so it looks until it finds none.
    private static int EndMarked(byte[] wanted)
    {
        int ended = 0;
        for (int pass = 0; pass < Passes; pass++)
        {
            int[] found = [.. Directory.EnumerateDirectories("/proc")
                .Select(directory => int.TryParse(Path.GetFileName(directory), CultureInfo.InvariantCulture, out int id) ? id : 0)
                .Where(id => id > 0 && id != Environment.ProcessId && IsMarked(id, wanted))];
            foreach (int process in found)
            {
                ProcessGroup.KillOne(process);
            }

            if (found.Length == 0)
            {
                break;
            }

            ended += pass == 0 ? found.Length : 0;
        }

        return ended;
    }

    private static bool IsMarked(int process, byte[] wanted)
    {
        try
        {
            byte[] environment = File.ReadAllBytes($"/proc/{process}/environ");
            return environment.Length > 0 && environment.AsSpan().IndexOf(wanted) >= 0 && !IsZombie(process);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool IsZombie(int process)
    {
        string stat = File.ReadAllText($"/proc/{process}/stat");
        return stat[(stat.LastIndexOf(')') + 1)..].TrimStart().StartsWith('Z');
    }

    private int EndRecorded()
    {
        int ended = 0;
        foreach (string file in Directory.Exists(records) ? Directory.GetFiles(records) : [])
        {
            if (int.TryParse(Path.GetFileName(file), CultureInfo.InvariantCulture, out int process) && StartOf(process) is { Length: > 0 } start && start == File.ReadAllText(file))
            {
                ProcessGroup.SignalGroup(process, 9);
                ProcessGroup.KillOne(process);
                ended++;
            }

            File.Delete(file);
        }

        return ended;
    }

    private string RecordOf(int process) => Path.Combine(records, process.ToString(CultureInfo.InvariantCulture));

    private static string StartOf(int process)
    {
        try
        {
            using Process found = Process.GetProcessById(process);
            return found.StartTime.Ticks.ToString(CultureInfo.InvariantCulture);
        }
        catch (Exception gone) when (gone is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return "";
        }
    }
}
