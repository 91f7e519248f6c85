using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Fairway.Node.Runtimes.Process;

/// <summary>
/// The directory of one attempt: <c>container.json</c> (exists exactly while the container does), <c>pid</c> and <c>exit</c>
/// (written by the supervisor), <c>out</c>, <c>err</c> and <c>log/</c>, and the container's <c>root/</c>, <c>home/</c>, <c>tmp/</c>.
/// </summary>
internal sealed class ContainerDirectory(string path)
{
    private const int MaxLastWord = 4096;

    public string Path { get; } = path;

    public string Root => System.IO.Path.Combine(Path, "root");

    /// <summary>The pipe that is the main process's input, for containers that have one.</summary>
    public string Input => System.IO.Path.Combine(Path, "in");

    private string StateFile => System.IO.Path.Combine(Path, "container.json");

    public static string PathOf(string pods, ContainerIdentity identity)
        => System.IO.Path.Combine(pods, identity.PodUid, identity.Container, identity.Attempt.ToString(CultureInfo.InvariantCulture));

    /// <summary>Whether the parts of an identity can be names of directories: no separators, no dots alone.</summary>
    public static bool IsSafe(ContainerIdentity identity)
        => IsSafe(identity.PodUid) && IsSafe(identity.Container) && identity.Attempt >= 0;

    public static bool IsSafe(string name)
        => name.Length is > 0 and <= 128 && name.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.') && name[0] != '.';

    /// <summary>The identity that a path stands for, or null when it is not one.</summary>
    public static ContainerIdentity? IdentityOf(string path)
    {
        string[] parts = path.Split('/');
        return parts.Length >= 3 && int.TryParse(parts[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int attempt)
            ? new ContainerIdentity(parts[^3], parts[^2], attempt)
            : null;
    }

    public void Create()
    {
        Directory.CreateDirectory(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Directory.CreateDirectory(System.IO.Path.Combine(Path, "home"));
        Directory.CreateDirectory(System.IO.Path.Combine(Path, "tmp"));
    }

    /// <summary>The state, or null when the container was never completely made (or is half removed).</summary>
    public ProcessState? Load()
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(StateFile), ProcessStateJson.Default.ProcessState);
        }
        catch (Exception broken) when (broken is IOException or JsonException)
        {
            return null;
        }
    }

    public void Save(ProcessState state)
    {
        string fresh = StateFile + ".new";
        File.WriteAllBytes(fresh, JsonSerializer.SerializeToUtf8Bytes(state, ProcessStateJson.Default.ProcessState));
        File.Move(fresh, StateFile, overwrite: true);
    }

    /// <summary>The program's process as it recorded itself; null before that.</summary>
    public ProcessEntry? Program() => ReadLine("pid") is { } line ? ProcessTable.Parse(line) : null;

    /// <summary>The exit status and its time, once the supervisor has written it.</summary>
    public (int Code, DateTimeOffset At)? Exit()
        => ReadLine("exit") is { } line && int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out int code)
            ? (code, new DateTimeOffset(File.GetLastWriteTimeUtc(System.IO.Path.Combine(Path, "exit")), TimeSpan.Zero))
            : null;

    /// <exception cref="ContainerException">The file system has no pipes.</exception>
    public void MakeInput()
    {
        if (!Native.MakePipe(Input))
        {
            throw new ContainerException(ContainerFault.CannotCreate, $"no pipe can be made at {Input} for the container's input");
        }
    }

    public void MarkOutOfMemory() => File.WriteAllText(System.IO.Path.Combine(Path, "oom"), "");

    public bool IsOutOfMemory() => File.Exists(System.IO.Path.Combine(Path, "oom"));

    /// <summary>Makes the file for the container's last word, inside its root.</summary>
    public string PrepareLastWord(string inside)
    {
        string file = RootPath.Resolve(Root, inside);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
        File.WriteAllText(file, "");
        return file;
    }

    /// <summary>What the container left there, at most 4 KiB; null when nothing.</summary>
    public string? LastWord(string inside)
    {
        try
        {
            string file = RootPath.Resolve(Root, inside);
            if (new FileInfo(file) is not { Exists: true, Length: > 0 } info || info.Attributes.HasFlag(FileAttributes.Device))
            {
                return null;
            }

            using FileStream stream = File.OpenRead(file);
            byte[] bytes = new byte[MaxLastWord];
            int read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return Encoding.UTF8.GetString(bytes, 0, read).Replace("\0", "", StringComparison.Ordinal).TrimEnd();
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or ContainerException)
        {
            return null;
        }
    }

    /// <summary>Removes everything; the state goes first, so that a crash in between leaves no half container.</summary>
    public void Delete()
    {
        if (Directory.Exists(Path))
        {
            File.Delete(StateFile);
            RootDirectory.Delete(Path);
        }
    }

    /// <summary>A line that has its newline: the supervisor writes it in one go, but not atomically.</summary>
    private string? ReadLine(string name)
    {
        // Asked many times a second of files that mostly are not there: an exception each time would cost more than all the rest.
        string file = System.IO.Path.Combine(Path, name);
        if (!File.Exists(file))
        {
            return null;
        }

        try
        {
            string text = File.ReadAllText(file);
            return text.EndsWith('\n') ? text.TrimEnd('\n') : null;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
