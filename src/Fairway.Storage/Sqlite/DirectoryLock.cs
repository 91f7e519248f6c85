using System.Globalization;

namespace Fairway.Storage;

/// <summary>
/// Holds a data directory for one process. The lock is the system's own and goes with the process, however it ends; the file
/// with the process id only serves the error message.
/// </summary>
internal sealed class DirectoryLock : IDisposable
{
    private readonly FileStream _lock;
    private readonly string _owner;

    private DirectoryLock(FileStream held, string owner)
    {
        _lock = held;
        _owner = owner;
    }

    /// <summary>Takes the lock or says who has it.</summary>
    /// <exception cref="DataDirectoryException">Another process has it.</exception>
    public static DirectoryLock Take(string directory)
    {
        string owner = Path.Combine(directory, "storage.pid");
        try
        {
            var held = new FileStream(Path.Combine(directory, "storage.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            File.WriteAllText(owner, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return new DirectoryLock(held, owner);
        }
        catch (IOException taken) when (IsSharingViolation(taken))
        {
            string process = File.Exists(owner) ? $"process {File.ReadAllText(owner)}" : "another process";
            throw new DataDirectoryException($"The data directory {directory} is in use by {process}. End it first, or choose another directory.", taken);
        }
    }

    public void Dispose()
    {
        File.Delete(_owner);
        _lock.Dispose();
    }

    // EWOULDBLOCK of Linux and of macOS, and Windows' ERROR_SHARING_VIOLATION.
    private static bool IsSharingViolation(IOException failure) => failure.HResult is 11 or 35 or unchecked((int)0x80070020);
}

/// <summary>The data directory cannot be used as it is; the message says why and what to do.</summary>
public sealed class DataDirectoryException : Exception
{
    public DataDirectoryException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
