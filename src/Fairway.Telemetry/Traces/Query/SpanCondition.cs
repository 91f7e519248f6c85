using System.Globalization;
using System.Text.RegularExpressions;
using Fairway.Telemetry.Otlp;
using Fairway.Telemetry.Traces.Storage;

namespace Fairway.Telemetry.Traces.Query;

/// <summary>A condition on one span of a trace.</summary>
internal abstract record SpanCondition
{
    public abstract bool Holds(SpanRecord span, TraceRecord trace);

    /// <summary>Terms without which it holds for no span; none when nothing is known.</summary>
    public virtual IEnumerable<ulong> Terms => [];

    /// <summary>All spans.</summary>
    internal sealed record Any : SpanCondition
    {
        public override bool Holds(SpanRecord span, TraceRecord trace) => true;
    }

    internal sealed record And(SpanCondition Left, SpanCondition Right) : SpanCondition
    {
        public override bool Holds(SpanRecord span, TraceRecord trace) => Left.Holds(span, trace) && Right.Holds(span, trace);

        public override IEnumerable<ulong> Terms => Left.Terms.Concat(Right.Terms);
    }

    internal sealed record Or(SpanCondition Left, SpanCondition Right) : SpanCondition
    {
        public override bool Holds(SpanRecord span, TraceRecord trace) => Left.Holds(span, trace) || Right.Holds(span, trace);
    }

    internal sealed record Not(SpanCondition Inner) : SpanCondition
    {
        public override bool Holds(SpanRecord span, TraceRecord trace) => !Inner.Holds(span, trace);
    }

    /// <summary>A field compared with a value.</summary>
    /// <param name="Field">Which.</param>
    /// <param name="Sign"><c>= != &gt; &gt;= &lt; &lt;= =~ !~</c></param>
    /// <param name="Value">A text, a number (durations in nanoseconds), a flag, or null for <c>nil</c>.</param>
    /// <param name="Pattern">The expression of <c>=~</c> and <c>!~</c>, for the whole text.</param>
    internal sealed record Compare(SpanField Field, string Sign, object? Value, Regex? Pattern) : SpanCondition
    {
        public override IEnumerable<ulong> Terms => Sign == "=" && Value is not null && Field.Term(Text(Value)) is { } term ? [term] : [];

        public override bool Holds(SpanRecord span, TraceRecord trace)
        {
            bool any = false;
            foreach (object? value in Field.Values(span, trace))
            {
                any = true;
                if (Matches(value))
                {
                    return true;
                }
            }

            return !any && Value is null && Sign == "=";
        }

        private static string Text(object value) => value is double number ? number.ToString("R", CultureInfo.InvariantCulture) : OtlpAttributes.Text(value);

        private bool Matches(object? actual)
        {
            if (Value is null)
            {
                return Sign == "!=" && actual is not null;
            }

            if (Pattern is not null)
            {
                return Pattern.IsMatch(OtlpAttributes.Text(actual)) == (Sign == "=~");
            }

            int? order = (actual, Value) switch
            {
                (long left, double right) => ((double)left).CompareTo(right),
                (double left, double right) => left.CompareTo(right),
                (string left, double right) => double.TryParse(left, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number.CompareTo(right) : null,
                (bool left, bool right) => left.CompareTo(right),
                (null, _) => null,
                _ => string.CompareOrdinal(OtlpAttributes.Text(actual), Text(Value)),
            };
            return order is { } way && Sign switch
            {
                "=" => way == 0,
                "!=" => way != 0,
                ">" => way > 0,
                ">=" => way >= 0,
                "<" => way < 0,
                _ => way <= 0,
            };
        }
    }
}

/// <summary>What of a span a condition looks at.</summary>
/// <param name="Scope">empty for what every span has, <c>span</c>, <c>resource</c>, <c>event</c>, or <c>any</c>.</param>
/// <param name="Name">The field's or the attribute's name.</param>
internal sealed record SpanField(string Scope, string Name)
{
    /// <summary>The names that mean the span itself.</summary>
    public static bool IsIntrinsic(string name)
        => name is "name" or "duration" or "status" or "statusMessage" or "kind" or "service" or "operation" or "error" or "rootName" or "rootServiceName" or "traceDuration" or "traceId" or "spanId" or "parentId";

    /// <summary>The term that spans have whose field is a text; null when filters do not know.</summary>
    public ulong? Term(string value) => Scope switch
    {
        "" when Name == "service" => TraceTerms.Service(value),
        "" when Name is "name" or "operation" => TraceTerms.Operation(value),
        "resource" when Name == "service.name" => TraceTerms.Service(value),
        "span" or "resource" or "event" or "any" when TraceTerms.Indexed(value) && Name != "service.name" => TraceTerms.Attribute(Name, value),
        _ => null,
    };

    public IEnumerable<object?> Values(SpanRecord span, TraceRecord trace) => Scope switch
    {
        "span" => Of(span.Attributes),
        "resource" => Name == "service.name" ? [span.Process.Service] : Of(span.Process.Attributes),
        "event" => span.Events.SelectMany(one => Of(one.Attributes)),
        "any" => Of(span.Attributes).Concat(Of(span.Process.Attributes)).Concat(span.Events.SelectMany(one => Of(one.Attributes))),
        _ => [Intrinsic(span, trace)],
    };

    private object? Intrinsic(SpanRecord span, TraceRecord trace) => Name switch
    {
        "name" or "operation" => span.Name,
        "service" => span.Process.Service,
        "duration" => (double)span.Duration,
        "status" => span.Status switch { 2 => "error", 1 => "ok", _ => "unset" },
        "statusMessage" => span.StatusMessage,
        "kind" => span.Kind.ToString().ToLowerInvariant(),
        "error" => span.IsError,
        "traceDuration" => (double)trace.Duration,
        "traceId" => span.TraceId,
        "spanId" => span.SpanId,
        "parentId" => span.ParentId,
        "rootName" => trace.Root?.Name,
        _ => trace.Root?.Process.Service,
    };

    private IEnumerable<object?> Of(IEnumerable<(string Key, object? Value)> attributes) => attributes.Where(attribute => attribute.Key == Name).Select(attribute => attribute.Value);
}
