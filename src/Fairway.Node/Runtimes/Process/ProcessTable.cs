using System.Globalization;
using System.Text;

namespace Fairway.Node.Runtimes.Process;

/// <summary>One line of the kernel's process table.</summary>
/// <param name="StartTicks">Clock ticks after boot; with the id it names a process uniquely until the next boot.</param>
internal readonly record struct ProcessEntry(
    int Id, char State, int Parent, int Group, int Session, long UserTicks, long SystemTicks, long StartTicks, long ResidentPages)
{
    /// <summary>Ended, but not yet reaped by its parent.</summary>
    public bool IsZombie => State is 'Z' or 'X';
}

/// <summary>Reads <c>/proc</c>. A process may vanish at any moment: then the answer is null, never an error.</summary>
internal static class ProcessTable
{
    /// <summary>USER_HZ, which is 100 on every Linux that .NET runs on.</summary>
    public const int TicksPerSecond = 100;

    /// <summary>Every container process carries this variable with its identity, and hands it on to its children.</summary>
    public const string Marker = "FAIRWAY_CONTAINER";

    /// <summary>Changes with every boot: recorded process ids mean nothing under another one.</summary>
    public static string BootId() => ReadText("/proc/sys/kernel/random/boot_id")?.Trim() ?? "";

    public static ProcessEntry? Find(int id) => Parse(ReadText($"/proc/{id}/stat"));

    /// <summary>True when this very process (not a later one of the same id) lives.</summary>
    public static bool Lives(int id, long startTicks)
        => Find(id) is { IsZombie: false } entry && entry.StartTicks == startTicks;

    /// <summary>Resident pages that are not mapped from files; 0 when the process is gone.</summary>
    public static long PrivatePages(int id)
    {
        string[] fields = ReadText($"/proc/{id}/statm")?.Split(' ') ?? [];
        return fields.Length < 3 ? 0 : Math.Max(0, Number(fields[1]) - Number(fields[2]));
    }

    /// <summary>Reads a line of <c>/proc/PID/stat</c>. The program's name may hold spaces and brackets.</summary>
    public static ProcessEntry? Parse(string? stat)
    {
        int open = stat?.IndexOf('(', StringComparison.Ordinal) ?? -1;
        int close = stat?.LastIndexOf(')') ?? -1;
        if (open < 1 || close < open)
        {
            return null;
        }

        string[] fields = stat![(close + 1)..].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return fields.Length < 22
            ? null
            : new ProcessEntry(
                (int)Number(stat[..open]), fields[0][0], (int)Number(fields[1]), (int)Number(fields[2]), (int)Number(fields[3]),
                Number(fields[11]), Number(fields[12]), Number(fields[19]), Number(fields[21]));
    }

    /// <summary>All processes. Cost: one small read for each.</summary>
    public static IEnumerable<ProcessEntry> All()
    {
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out int id)
                && Find(id) is { } entry)
            {
                yield return entry;
            }
        }
    }

    /// <summary>The environment a process was started with; null when it is gone or not ours to read.</summary>
    public static IReadOnlyList<string>? Environment(int id)
    {
        byte[]? bytes = ReadBytes($"/proc/{id}/environ");
        return bytes is null ? null : Encoding.UTF8.GetString(bytes).Split('\0', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Living processes whose environment carries this container's mark, whatever group or session they moved to.</summary>
    public static IEnumerable<ProcessEntry> Marked(string container)
    {
        byte[] mark = Encoding.UTF8.GetBytes($"{Marker}={container}\0");
        foreach (ProcessEntry entry in All())
        {
            if (!entry.IsZombie && ReadBytes($"/proc/{entry.Id}/environ") is { } bytes && Holds(bytes, mark))
            {
                yield return entry;
            }
        }
    }

    private static bool Holds(ReadOnlySpan<byte> environment, ReadOnlySpan<byte> mark)
    {
        int at = environment.IndexOf(mark);
        return at == 0 || (at > 0 && environment[at - 1] == 0);
    }

    private static long Number(string text) => long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out long value) ? value : 0;

    private static string? ReadText(string path) => ReadBytes(path) is { } bytes ? Encoding.UTF8.GetString(bytes) : null;

    private static byte[]? ReadBytes(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
