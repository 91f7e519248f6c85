namespace Fairway.Telemetry.Tests.Prometheus;

/// <summary>
/// PromQL from a seed: well-typed expressions over the series of <see cref="DifferentialTests"/>, of everything that the language has
/// had since Prometheus 2.42.
/// </summary>
internal sealed class QueryGenerator(int seed)
{
    private static readonly string[] Metrics = ["requests_total", "temperature", "load"];
    private static readonly string[] Ranges = ["2m", "5m", "10m", "17m"];
    private static readonly string[] OverTime =
        ["avg_over_time", "min_over_time", "max_over_time", "sum_over_time", "count_over_time", "stddev_over_time", "stdvar_over_time", "last_over_time", "present_over_time"];

    private static readonly string[] Counters = ["irate", "resets", "changes", "delta", "idelta", "deriv"];
    private static readonly string[] Maths = ["abs", "ceil", "floor", "exp", "ln", "log2", "log10", "sqrt", "sgn", "round", "sin", "cos", "atan", "deg", "rad", "timestamp", "sort"];
    private static readonly string[] Times = ["hour", "minute", "day_of_week", "day_of_month", "day_of_year", "days_in_month", "month", "year"];
    private static readonly string[] Aggregations = ["sum", "avg", "min", "max", "count", "group", "stddev", "stdvar"];

    private readonly Random _random = new(seed);

    public string Next() => Vector(3);

    private string Vector(int depth)
    {
        if (depth == 0)
        {
            return Selector();
        }

        return _random.Next(14) switch
        {
            0 => Selector(),
            1 => $"{Pick(OverTime)}({Range(depth - 1)})",
            2 => $"{Pick(Counters)}({Range(depth - 1)})",

            // Of counters far from zero: near it the versions extrapolate otherwise.
            3 => $"{Pick(["rate", "increase"])}(requests_total[{Pick(Ranges)}]{Modifier()})",
            4 => $"{Pick(Maths)}({Vector(depth - 1)})",
            5 => $"{Pick(Aggregations)}{Grouping()} ({Vector(depth - 1)})",
            // Of values without ties: between equal ones the versions choose otherwise.
            6 => $"{Pick(["topk", "bottomk"])}{Grouping()} ({_random.Next(1, 4)}, temperature{Modifier()})",
            7 => $"quantile{Grouping()} ({Pick(["0", "0.5", "0.9", "1", "1.5"])}, {Vector(depth - 1)})",
            8 => Binary(depth),
            9 => Binary(depth),
            10 => $"histogram_quantile({Pick(["0.1", "0.5", "0.99"])}, sum by (le) (rate(latency_bucket[{Pick(Ranges)}])))",
            11 => Special(depth),
            12 => $"-({Vector(depth - 1)})",
            _ => $"{Pick(Times)}({Vector(depth - 1)})",
        };
    }

    private string Special(int depth) => _random.Next(10) switch
    {
        0 => $"clamp({Vector(depth - 1)}, 10, 60)",
        1 => $"clamp_max({Vector(depth - 1)}, 40)",
        2 => $"label_replace({Selector()}, \"zone\", \"$1-x\", \"instance\", \"(.).*\")",
        3 => $"label_join({Selector()}, \"both\", \"/\", \"job\", \"instance\")",
        4 => $"absent({Vector(depth - 1)})",
        5 => $"absent_over_time({Range(0)})",
        6 => $"quantile_over_time({Pick(["0.2", "0.5", "0.95"])}, {Range(depth - 1)})",
        // Prometheus 2 loses points of it at fixed times.
        7 => $"predict_linear({Plain()}[{Pick(Ranges)}], 600)",
        8 => $"vector({Scalar()})",
        _ => $"count_values(\"v\", round({Selector()}, 10))",
    };

    private string Binary(int depth)
    {
        string matching = Pick(["", "", " ignoring (path)", " on (instance)", " on (instance, job)"]);
        return _random.Next(6) switch
        {
            // Not atan2: with a number it keeps the metric's name before 3.0.
            0 => $"({Vector(depth - 1)}) {Pick(["+", "-", "*", "/", "%", "^"])} {Scalar()}",
            1 => $"({Vector(depth - 1)}) {Pick(["==", "!=", ">", "<", ">=", "<="])} {Pick(["", "bool "])}{Scalar()}",
            2 => $"({Vector(depth - 1)}) {Pick(["and", "or", "unless"])}{matching} ({Vector(depth - 1)})",
            3 => $"{Selector()} {Pick(["+", "-", "*", "/"])} on (instance, job) group_left (path) sum by (instance, job) ({Selector()})",
            _ => $"({Vector(depth - 1)}) {Pick(["+", "-", "*", "/", ">", "<"])}{matching} ({Vector(depth - 1)})",
        };
    }

    private string Range(int depth)
        => depth > 0 && _random.Next(3) == 0
            ? $"({Vector(depth)})[{Pick(Ranges)}:{Pick(["1m", "2m", "30s"])}]{Modifier()}"
            : $"{Plain()}[{Pick(Ranges)}]{Modifier()}";

    private string Selector() => Plain() + Modifier();

    private string Plain() => Pick(Metrics) + Pick(
    [
        "", "", "{job=\"api\"}", "{job!=\"api\"}", "{instance=~\"a|b\"}", "{instance!~\"c.*\",job=~\".+\"}", "{path=~\"/x.*\"}", "{missing=\"\"}", "{job=\"none\"}",
    ]);

    private string Modifier() => Pick(["", "", "", "", " offset 3m", " offset -2m", " @ end()", " @ start() offset 1m"]);

    private string Grouping() => Pick(["", "", " by (job)", " by (instance, path)", " without (path)", " without (instance, job)"]);

    private string Scalar() => Pick(["2", "0.5", "-3", "1e3", "60", "time() / 1e9", "scalar(sum(load))", "pi()"]);

    private string Pick(string[] choices) => choices[_random.Next(choices.Length)];
}
