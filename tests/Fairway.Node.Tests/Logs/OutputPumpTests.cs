using System.Buffers;
using System.Text;
using Fairway.Node.Logs;
using Fairway.Node.Runtimes;
using Fairway.Testing;
using FsCheck;
using FsCheck.Fluent;

namespace Fairway.Node.Tests.Logs;

public sealed class OutputPumpTests : IDisposable
{
    private static readonly LogLimits Limits = new(1024 * 1024, 3);

    private readonly TemporaryDirectory _directory = new();
    private readonly ManualTime _time = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Output_OfBothStreams_BecomesTimedLines()
    {
        using OutputPump pump = Open();
        Write("out", "one\ntwo\nthr");
        Write("err", "bad\n");
        pump.Pump();
        (await ReadAsync()).ShouldBe(["out one", "out two", "err bad"]);

        Write("out", "ee\n");
        pump.Pump();
        (await ReadAsync()).ShouldBe(["out one", "out two", "err bad", "out three"]);
    }

    [Fact]
    public async Task Ending_KeepsALineWithoutEnd()
    {
        using OutputPump pump = Open();
        Write("out", "one\nlast words");
        pump.Pump();
        pump.Finish();

        (await ReadAsync()).ShouldBe(["out one", "out last words~"]);
        File.Exists(_directory["out"]).ShouldBeFalse();
    }

    [Fact]
    public async Task Line_LongerThanTheLimit_IsKeptInParts()
    {
        using OutputPump pump = Open();
        Write("out", new string('x', 40_000) + "\nshort\n");
        pump.Pump();

        List<string> lines = await ReadAsync();
        lines.Count.ShouldBe(4);
        lines[3].ShouldBe("out short");
        lines.Take(3).Sum(line => line.Trim('~').Length - 4).ShouldBe(40_000);
        lines[2].ShouldNotEndWith("~");
    }

    [Fact]
    public async Task Platform_KilledBetweenLogAndRecord_LosesAndRepeatsNothing()
    {
        OutputPump pump = Open();
        Write("out", "one\n");
        pump.Pump();
        pump.Dispose();
        Write("out", "two\n");

        // What a kill between the two writes leaves: lines in the log that the record does not know.
        File.AppendAllText(_directory["log/00000000.log"], "2026-03-14T15:09:26.000000000Z stdout F two\n2026-03-14T15:0");
        using OutputPump again = Open();
        again.Pump();

        (await ReadAsync()).ShouldBe(["out one", "out two"]);
    }

    [Fact]
    public async Task Log_IsRotatedAndItsSizeLimited()
    {
        using var pump = new OutputPump(_directory.Path, new LogLimits(10_000, 3), _time);
        for (int i = 0; i < 100; i++)
        {
            Write("out", string.Concat(Enumerable.Range(0, 20).Select(line => $"line {i * 20 + line}\n")));
            pump.Pump();
        }

        List<string> lines = await ReadAsync();
        lines[^1].ShouldBe("out line 1999");
        LogCursor.Numbers(_directory["log"]).Count.ShouldBe(3);
        Directory.GetFiles(_directory["log"]).Sum(file => new FileInfo(file).Length).ShouldBeLessThan(40_000);
        lines.Count.ShouldBeGreaterThan(300);
        lines.ShouldBe([.. Enumerable.Range(2000 - lines.Count, lines.Count).Select(number => $"out line {number}")], "no line is missing in between");
    }

    [Fact]
    public async Task Query_ByTailAndSince_GivesTheLinesAskedFor()
    {
        using OutputPump pump = Open();
        for (int i = 0; i < 5; i++)
        {
            Write("out", $"{i}\n");
            pump.Pump();
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        (await ReadAsync(new LogQuery { Tail = 2 })).ShouldBe(["out 3", "out 4"]);
        (await ReadAsync(new LogQuery { Tail = 0 })).ShouldBeEmpty();
        (await ReadAsync(new LogQuery { Since = _time.GetUtcNow().AddSeconds(-3) })).ShouldBe(["out 2", "out 3", "out 4"]);
    }

    [Fact]
    public async Task Follow_GivesLinesAsTheyComeAndEndsWithTheContainer()
    {
        using var pump = new OutputPump(_directory.Path, new LogLimits(200, 2), TimeProvider.System);
        var seen = new List<string>();
        Task following = Task.Run(async () =>
        {
            await foreach (LogLine line in LogFiles.ReadAsync(
                pump.LogDirectory, new LogQuery { Follow = true }, () => pump.IsFinished, TimeProvider.System, CancellationToken.None))
            {
                lock (seen)
                {
                    seen.Add(Encoding.UTF8.GetString(line.Text.Span));
                }
            }
        });
        for (int i = 0; i < 30; i++)
        {
            Write("out", $"{i}\n");
            pump.Pump();
            await Eventually.Holds(() => { lock (seen) { return seen.Count == i + 1; } }, $"line {i} was followed");
        }

        pump.Finish();
        await following.WaitAsync(TimeSpan.FromSeconds(10));
        seen.ShouldBe([.. Enumerable.Range(0, 30).Select(i => $"{i}")], "rotation loses nothing for who follows");
    }

    [Fact]
    public void Line_WrittenInTheFormat_IsReadBack()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), ArbMap.Default.ArbFor<bool>(), ArbMap.Default.ArbFor<bool>(), (bytes, error, partial) =>
        {
            byte[] text = [.. bytes.Where(value => value != (byte)'\n')];
            var buffer = new ArrayBufferWriter<byte>();
            var at = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero).AddTicks(1234567);
            LogFormat.Write(buffer, at, error ? LogStream.Error : LogStream.Out, text, partial);
            LogLine line = LogFormat.Parse(buffer.WrittenMemory[..^1])!.Value;
            return line.At == at && line.Text.Span.SequenceEqual(text) && line.Partial == partial && line.Stream == LogStream.Error == error;
        }).ShouldHold();
    }

    private OutputPump Open() => new(_directory.Path, Limits, _time);

    private void Write(string file, string text) => File.AppendAllText(_directory[file], text);

    private async Task<List<string>> ReadAsync(LogQuery? query = null)
    {
        var result = new List<string>();
        await foreach (LogLine line in LogFiles.ReadAsync(_directory["log"], query ?? LogQuery.All, () => true, _time, CancellationToken.None))
        {
            result.Add($"{(line.Stream == LogStream.Out ? "out" : "err")} {Encoding.UTF8.GetString(line.Text.Span)}{(line.Partial ? "~" : "")}");
        }

        return result;
    }
}
