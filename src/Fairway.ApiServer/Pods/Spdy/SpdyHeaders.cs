using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Fairway.ApiServer;

/// <summary>
/// Header blocks of SPDY/3: zlib with a dictionary that the protocol fixes, one compression state for each direction of a
/// connection.
/// </summary>
internal sealed class SpdyHeaders : IDisposable
{
    private const uint DictionaryId = 0xe3c6a7c2;
    private const int MaxBlock = 64 * 1024;

    private const string Words =
        "options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow authorization "
        + "cache-control connection content-base content-encoding content-language content-length content-location content-md5 "
        + "content-range content-type date etag expect expires from host if-match if-modified-since if-none-match if-range "
        + "if-unmodified-since last-modified location max-forwards pragma proxy-authenticate proxy-authorization range referer "
        + "retry-after server te trailer transfer-encoding upgrade user-agent vary via warning www-authenticate method get status "
        + "200_OK version HTTP/1.1 url public set-cookie keep-alive origin";

    private const string Phrases =
        "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505203 Non-Authoritative Information"
        + "204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden404 Not Found500 Internal Server Error"
        + "501 Not Implemented503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, "
        + "Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,"
        + "text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.";

    private static readonly byte[] Dictionary = MakeDictionary();

    private readonly Feed _feed = new();
    private readonly DeflateStream _inflate;
    private bool _hasRead;
    private bool _hasWritten;

    public SpdyHeaders()
    {
        // The library cannot be given a dictionary, but what a stored block brought is a dictionary to all that follows.
        _feed.Add([0, .. Length(Dictionary.Length), .. Length(~Dictionary.Length), .. Dictionary]);
        _inflate = new DeflateStream(_feed, CompressionMode.Decompress);
        _inflate.ReadExactly(new byte[Dictionary.Length]);
    }

    /// <summary>Reads the next block of the connection.</summary>
    /// <exception cref="InvalidDataException">It is not well formed or too large.</exception>
    public Dictionary<string, string> Read(ReadOnlySpan<byte> block)
    {
        if (!_hasRead)
        {
            if (block.Length < 6)
            {
                throw new InvalidDataException("a header block is cut short");
            }

            block = block[6..]; // zlib's own header and the dictionary's id
            _hasRead = true;
        }

        _feed.Add(block);
        int count = ReadNumber();
        if (count is < 0 or > 100)
        {
            throw new InvalidDataException("a header block has too many entries");
        }

        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        for (int index = 0; index < count; index++)
        {
            string name = ReadText();
            headers[name] = ReadText();
        }

        return headers;
    }

    /// <summary>An empty block, for replies, in the connection's compression state.</summary>
    public byte[] WriteEmpty()
    {
        byte[] block = [0, 4, 0, 0xfb, 0xff, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]; // a stored block of four zeros, and a flush
        if (_hasWritten)
        {
            return block;
        }

        _hasWritten = true;
        byte[] id = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(id, DictionaryId);
        return [0x78, 0x20, .. id, .. block];
    }

    public void Dispose() => _inflate.Dispose();

    private static byte[] Length(int length) => [(byte)length, (byte)(length >> 8)];

    private static byte[] MakeDictionary()
    {
        using var bytes = new MemoryStream();
        Span<byte> length = stackalloc byte[4];
        foreach (string word in Words.Split(' '))
        {
            BinaryPrimitives.WriteInt32BigEndian(length, word.Length);
            bytes.Write(length);
            bytes.Write(Encoding.ASCII.GetBytes(word.Replace('_', ' ')));
        }

        bytes.Write(Encoding.ASCII.GetBytes(Phrases));
        return bytes.ToArray();
    }

    private string ReadText()
    {
        int length = ReadNumber();
        if (length is < 0 or > MaxBlock)
        {
            throw new InvalidDataException("a header is too long");
        }

        byte[] text = new byte[length];
        Fill(text);
        return Encoding.UTF8.GetString(text);
    }

    private int ReadNumber()
    {
        Span<byte> number = stackalloc byte[4];
        Fill(number);
        return BinaryPrimitives.ReadInt32BigEndian(number);
    }

    private void Fill(Span<byte> into)
    {
        if (_inflate.ReadAtLeast(into, into.Length, throwOnEndOfStream: false) < into.Length)
        {
            throw new InvalidDataException("a header block is cut short");
        }
    }

    /// <summary>What has arrived and is not read yet.</summary>
    private sealed class Feed : Stream
    {
        private byte[] _bytes = [];
        private int _read;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public void Add(ReadOnlySpan<byte> bytes)
        {
            _bytes = [.. _bytes.AsSpan(_read), .. bytes];
            _read = 0;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            int count = Math.Min(buffer.Length, _bytes.Length - _read);
            _bytes.AsSpan(_read, count).CopyTo(buffer);
            _read += count;
            return count;
        }

        public override void Flush()
        {
            // Nothing is written.
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
