using System.IO.MemoryMappedFiles;

namespace Fairway.Telemetry.Metrics.Blocks;

/// <summary>
/// A whole file as memory. The mapping ends when nobody refers to the object any more, so that a query which still reads a block
/// that compaction has removed reads on; on Unix the file's space is freed then.
/// </summary>
internal sealed unsafe class MappedFile
{
    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private readonly byte* _start;

    public MappedFile(string path)
    {
        Length = new FileInfo(path).Length;
        if (Length == 0)
        {
            return;
        }

        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        _view = _file.CreateViewAccessor(0, Length, MemoryMappedFileAccess.Read);
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        _start = start + _view.PointerOffset;
    }

    /// <summary>Gives the pointer back, after which the mapping itself can end.</summary>
    ~MappedFile() => _view?.SafeMemoryMappedViewHandle.ReleasePointer();

    public long Length { get; }

    /// <summary>A part of the file; the caller keeps this object alive while it reads.</summary>
    /// <exception cref="InvalidDataException">The file ends before.</exception>
    public ReadOnlySpan<byte> Slice(long offset, int length)
        => offset >= 0 && length >= 0 && offset <= Length - length
            ? new ReadOnlySpan<byte>(_start + offset, length)
            : throw new InvalidDataException($"bytes {offset} to {offset + length} are outside of a file of {Length}");
}
