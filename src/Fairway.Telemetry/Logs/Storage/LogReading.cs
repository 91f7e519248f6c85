using System.Collections.Immutable;
using Fairway.PromQL;

namespace Fairway.Telemetry.Logs.Storage;

/// <summary>Reads blocks and memory as batches, in which no line of a stream comes twice.</summary>
internal static class LogReading
{
    /// <summary>Whether a stream fulfils all matchers.</summary>
    public static bool Matches(Labels stream, IReadOnlyList<LabelMatcher> matchers)
    {
        foreach (LabelMatcher matcher in matchers)
        {
            if (!matcher.Matches(stream[matcher.Name]))
            {
                return false;
            }
        }

        return true;
    }

    /// <param name="memory">Lines of matching streams, each a copy, oldest first.</param>
    /// <param name="segments">All segments.</param>
    /// <param name="scan">What is asked.</param>
    /// <param name="damaged">Told of a block that cannot be read; it is passed over.</param>
    public static IEnumerable<LogBatch> Of(
        List<LogBatch> memory, ImmutableArray<LogSegment> segments, LogScan scan, Action<LogSegment, string> damaged, CancellationToken cancellation)
    {
        List<Piece> pieces = Pieces(memory, segments, scan);
        pieces.Sort((left, right) => scan.NewestFirst ? right.Max.CompareTo(left.Max) : left.Min.CompareTo(right.Min));
        HashSet<Piece> overlapping = Overlapping(pieces);
        var seen = new Dictionary<Labels, HashSet<(long, string, Labels)>>();
        foreach (Piece piece in pieces)
        {
            cancellation.ThrowIfCancellationRequested();
            if ((scan.NewestFirst ? piece.Max : -piece.Min) < scan.Worst)
            {
                yield break;
            }

            if (piece.Segment is not null && !piece.Segment.MayContain(piece.Block!, scan.Needles))
            {
                continue;
            }

            List<LogEntry> entries = piece.Read(scan, damaged);
            if (overlapping.Contains(piece))
            {
                HashSet<(long, string, Labels)> known = seen.TryGetValue(piece.Stream, out HashSet<(long, string, Labels)>? there) ? there : seen[piece.Stream] = [];
                entries.RemoveAll(entry => !known.Add((entry.Time, entry.Line, entry.Metadata)));
            }

            if (entries.Count > 0)
            {
                yield return new LogBatch(piece.Stream, entries);
            }
        }
    }

    private static List<Piece> Pieces(List<LogBatch> memory, ImmutableArray<LogSegment> segments, LogScan scan)
    {
        var pieces = new List<Piece>();
        foreach (LogBatch batch in memory)
        {
            pieces.Add(new Piece(batch.Stream, batch.Entries[0].Time, batch.Entries[^1].Time) { Lines = batch.Entries });
        }

        var answers = new Dictionary<Labels, bool>();
        foreach (LogSegment segment in segments)
        {
            if (segment.MaxTime < scan.From || segment.MinTime >= scan.To)
            {
                continue;
            }

            foreach (LogBlock block in segment.Blocks)
            {
                if (block.MaxTime < scan.From || block.MinTime >= scan.To)
                {
                    continue;
                }

                if (!answers.TryGetValue(block.Stream, out bool matches))
                {
                    answers[block.Stream] = matches = Matches(block.Stream, scan.Matchers);
                }

                if (matches)
                {
                    pieces.Add(new Piece(block.Stream, block.MinTime, block.MaxTime) { Segment = segment, Block = block });
                }
            }
        }

        return pieces;
    }

    /// <summary>Pieces of a stream whose times touch those of another may have the same lines: sent twice, or taken again after a crash.</summary>
    private static HashSet<Piece> Overlapping(List<Piece> pieces)
    {
        var found = new HashSet<Piece>(ReferenceEqualityComparer.Instance);
        foreach (IGrouping<Labels, Piece> stream in pieces.GroupBy(piece => piece.Stream))
        {
            Piece? before = null;
            foreach (Piece piece in stream.OrderBy(piece => piece.Min))
            {
                if (before is not null && piece.Min <= before.Max)
                {
                    found.Add(before);
                    found.Add(piece);
                }

                before = before is null || piece.Max > before.Max ? piece : before;
            }
        }

        return found;
    }

    private sealed class Piece(Labels stream, long min, long max)
    {
        public Labels Stream => stream;

        public long Min => min;

        public long Max => max;

        public IReadOnlyList<LogEntry>? Lines { get; init; }

        public LogSegment? Segment { get; init; }

        public LogBlock? Block { get; init; }

        public List<LogEntry> Read(LogScan scan, Action<LogSegment, string> damaged)
        {
            if (Lines is not null)
            {
                return [.. Lines.Where(entry => entry.Time >= scan.From && entry.Time < scan.To)];
            }

            try
            {
                return Segment!.Read(Block!, scan.From, scan.To, scan.Needles);
            }
            catch (InvalidDataException broken)
            {
                damaged(Segment!, broken.Message);
                return [];
            }
        }
    }
}
