namespace Fairway.Client;

/// <summary>A bearer token in a file that someone else renews (a pod's ServiceAccount token): read again every minute.</summary>
internal sealed class FileToken(string path, TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new(); // guards the two below
    private string _token = "";
    private DateTimeOffset _read = DateTimeOffset.MinValue;

    /// <exception cref="KubeconfigException">The file cannot be read and never could.</exception>
    public string Get()
    {
        lock (_gate)
        {
            DateTimeOffset now = time.GetUtcNow();
            if (now - _read < Fresh)
            {
                return _token;
            }

            try
            {
                _token = File.ReadAllText(path).Trim();
                _read = now;
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                if (_token.Length == 0)
                {
                    throw new KubeconfigException(path, null, $"cannot be read: {failure.Message}");
                }
            }

            return _token;
        }
    }
}
