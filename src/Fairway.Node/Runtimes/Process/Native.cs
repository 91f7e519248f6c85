using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Fairway.Node.Runtimes.Process;

/// <summary>The few system calls that the class library does not offer.</summary>
internal static partial class Native
{
    public const int SigTerm = 15;
    public const int SigKill = 9;
    public const int SigUsr1 = 10;

    private const int ReadWrite = 2;
    private const int NoControllingTerminal = 0x100;
    private const int CloseOnExec = 0x80000;
    private const nuint SetWindowSize = 0x5414;
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

    /// <summary>A new pseudo-terminal: the descriptor of this side, or -1, and the path of the other.</summary>
    public static int OpenTerminal(out string path)
    {
        path = "";
        int master = posix_openpt(ReadWrite | NoControllingTerminal | CloseOnExec);
        if (master < 0)
        {
            return -1;
        }

        Span<byte> name = stackalloc byte[64];
        if (grantpt(master) != 0 || unlockpt(master) != 0 || ptsname_r(master, name, (nuint)name.Length) != 0)
        {
            _ = close(master);
            return -1;
        }

        path = System.Text.Encoding.UTF8.GetString(name[..name.IndexOf((byte)0)]);
        return master;
    }

    /// <summary>Tells a terminal its size; its processes hear of it.</summary>
    public static void ResizeTerminal(int descriptor, int columns, int rows)
    {
        Span<ushort> size = [(ushort)Math.Clamp(rows, 0, ushort.MaxValue), (ushort)Math.Clamp(columns, 0, ushort.MaxValue), 0, 0];
        _ = ioctl(descriptor, SetWindowSize, size);
    }

    /// <summary>Reads once; 0 at the end, -1 when it cannot.</summary>
    public static int Read(SafeFileHandle file, Span<byte> buffer) => (int)read(file, buffer, (nuint)buffer.Length);

    /// <summary>Writes once; how much was taken, -1 when it cannot.</summary>
    public static int Write(SafeFileHandle file, ReadOnlySpan<byte> buffer) => (int)write(file, buffer, (nuint)buffer.Length);

    /// <summary>Makes a named pipe. False when it cannot.</summary>
    public static bool MakePipe(string path) => mkfifo(path, 0b110_000_000) == 0;

    [LibraryImport("libc", SetLastError = true)]
    private static partial int posix_openpt(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int grantpt(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int unlockpt(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ptsname_r(int descriptor, Span<byte> buffer, nuint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(int descriptor, nuint request, Span<ushort> size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint read(SafeFileHandle file, Span<byte> buffer, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(SafeFileHandle file, ReadOnlySpan<byte> buffer, nuint count);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mkfifo(string path, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int process, int signal);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int rename(string from, string to);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int link(string existing, string name);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fallocate(SafeFileHandle file, int mode, long offset, long length);
}
