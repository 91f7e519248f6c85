using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Fairway.Node.Runtimes.Process;

/// <summary>The few system calls that the class library does not offer.</summary>
internal static partial class Native
{
    public const int SigTerm = 15;
    public const int SigKill = 9;

    private const int KeepSize = 1;
    private const int PunchHoleMode = 2;

    /// <summary>Sends a signal to a process, or to a group when the id is negative. False when there is none, or it is not ours.</summary>
    public static bool Kill(int process, int signal) => kill(process, signal) == 0;

    /// <summary>A second name for a file; false where the file system cannot (another device, too many links).</summary>
    public static bool TryLink(string existing, string name) => link(existing, name) == 0;

    /// <summary>Puts one name in the place of another, atomically; unlike File.Move also for links to directories.</summary>
    public static void Rename(string from, string to)
    {
        if (rename(from, to) != 0)
        {
            throw new IOException($"cannot rename {from} to {to}: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    /// <summary>Gives the disk blocks of a range back; the file keeps its length and reads zeros there. Best effort.</summary>
    public static void PunchHole(SafeFileHandle file, long offset, long length)
        => _ = fallocate(file, KeepSize | PunchHoleMode, offset, length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int process, int signal);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int rename(string from, string to);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int link(string existing, string name);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fallocate(SafeFileHandle file, int mode, long offset, long length);
}
