using System.Text;
using Fairway.Telemetry.Logs.Pods;

namespace Fairway.Telemetry.Tests.Logs;

public sealed class LogPositionTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch;

    [Fact]
    public void Take_OfALogReadAgain_GivesNoLineTwice()
    {
        var position = new LogPosition(Start);
        Taken(position, 100, 200, 200).ShouldBe([100, 200, 201]);
        position.Since.ShouldBe(Start.AddTicks(2));
        position.Restart();
        Taken(position, 100, 200, 200, 200, 300).ShouldBe([202, 300]);
    }

    [Fact]
    public void Take_OfALineAMomentTooLate_TakesItAndGoesNotBack()
    {
        var position = new LogPosition(Start);
        Taken(position, 300, 200, 400).ShouldBe([300, 200, 400]);
        position.Since.ShouldBe(Start.AddTicks(4));
    }

    [Fact]
    public void Lines_InPieces_ArePutTogether()
    {
        var lines = new TimedLines(45);
        IEnumerable<string> texts = new[] { "1970-01-01T00:00:00.00000", "0100Z on", "e\n1970-01-01T00:00:00.000000200Z two\r\ndamaged\n1970-01-01T00:00:00.000000300Z longer than the limit\n1970-01-01T00:00:00.000000400Z \nrest" }
            .SelectMany(piece => lines.Add(Encoding.UTF8.GetBytes(piece)))
            .Select(line => $"{line.Time} {line.Text}");
        string.Join('|', texts).ShouldBe("100 one|200 two|300 longer than th|400 ");
    }

    private static long[] Taken(LogPosition position, params long[] times)
        => [.. times.Select(position.Take).OfType<long>()];
}
