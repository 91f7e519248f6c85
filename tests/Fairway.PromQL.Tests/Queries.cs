using FsCheck;
using FsCheck.Fluent;

namespace Fairway.PromQL.Tests;

/// <summary>Well-typed queries over the metrics of <see cref="EngineTests"/>.</summary>
internal static class Queries
{
    private static readonly Gen<string> Selectors = Gen.Elements(
        "requests_total", "requests_total{job=\"a\"}", "temperature", "temperature{job=~\"a|b\"} offset 1m", "temperature @ 300", "{job!=\"a\",__name__=\"temperature\"}");

    private static readonly Gen<string> Ranges = Gen.OneOf(
        Gen.Elements("requests_total[3m]", "temperature[5m]", "temperature[4m] offset 1m", "requests_total[10m] @ 600"),
        Gen.Elements("temperature[5m:1m]", "rate(requests_total[2m])[6m:90s]", "temperature[7m:]"));

    public static Gen<string> Any(int depth) => depth == 0 ? Selectors : Gen.OneOf(Selectors, Over(), Call(depth), Aggregate(depth), Binary(depth));

    private static Gen<string> Over()
        => from name in Gen.Elements("rate", "increase", "delta", "irate", "sum_over_time", "avg_over_time", "max_over_time", "stddev_over_time", "changes", "deriv", "last_over_time", "count_over_time")
           from range in Ranges
           select $"{name}({range})";

    private static Gen<string> Call(int depth)
        => from name in Gen.Elements("abs({0})", "-({0})", "clamp({0}, 1, 50)", "round({0}, 5)", "label_replace({0}, \"d\", \"$1\", \"job\", \"(.*)\")", "timestamp({0})", "absent({0})", "vector(scalar({0}))")
           from inner in Any(depth - 1)
           select string.Format(System.Globalization.CultureInfo.InvariantCulture, name, inner);

    private static Gen<string> Aggregate(int depth)
        => from name in Gen.Elements("sum(", "avg by (job) (", "max without (instance) (", "count(", "stddev by (job) (", "quantile(0.5, ", "topk(2, ", "group by (job) (")
           from inner in Any(depth - 1)
           select $"{name}{inner})";

    private static Gen<string> Binary(int depth)
        => from op in Gen.Elements("+", "-", "*", "/", "%", "> bool", "<", "and on (job, instance)", "unless", "or", "== on (job, instance)", "^")
           from left in Any(depth - 1)
           from right in Gen.OneOf(Gen.Elements("2", "0.5", "-3"), Any(depth - 1))
           select right.Length < 5 && op is "and on (job, instance)" or "unless" or "or" or "== on (job, instance)" ? $"({left}) {op} {left}" : $"({left}) {op} ({right})";
}
