using System.Globalization;

namespace Fairway.Telemetry.Slos;

/// <summary>Makes one SLO of its document and of those that it names. What is wrong goes to the documents' list of problems.</summary>
/// <param name="find">A document by kind and name.</param>
internal sealed class SloResolver(Func<string, string, OpenSloNode?> find)
{
    private const int LongestDescription = 1050;
    private static readonly SloDuration DefaultWindow = new(28, SloUnit.Days);
    private readonly MetricSources sources = new(find);

    public Slo? Resolve(string name, OpenSloNode document)
    {
        OpenSloNode metadata = document.Object("metadata")!;
        if (document.Object("spec", required: true) is not { } spec)
        {
            return null;
        }

        IReadOnlyDictionary<string, string> annotations = metadata.Texts("annotations");
        string? description = spec.Text("description");
        if (description?.Length > LongestDescription)
        {
            spec.Problem("description", $"has {description.Length} characters; at most {LongestDescription}");
        }

        BudgetingMethod? method = spec.Choice<BudgetingMethod>("budgetingMethod", required: true);
        IReadOnlyList<OpenSloNode> objectives = spec.Objects("objectives");
        if (objectives.Count == 0)
        {
            spec.Problem("objectives", "is required: at least one objective");
        }

        bool isComposite = objectives.Any(objective => objective.Has("indicator") || objective.Has("indicatorRef"));
        Indicator? shared = isComposite ? NoShared(spec) : IndicatorOf(spec);
        if (shared is Indicator.Threshold && objectives.Count > 1)
        {
            spec.Problem("objectives", "a thresholdMetric has exactly one objective");
        }

        Objective[] made = [.. objectives.Select((one, index) => ObjectiveOf(one, index, shared, isComposite, method)).OfType<Objective>()];
        string? service = spec.Text("service", required: true);
        BudgetWindow? window = WindowOf(spec);
        BurnAlert[] alerts = [.. spec.Objects("alertPolicies").Select(Alert).OfType<BurnAlert>()];
        spec.RefuseOthers();
        return service is null || window is null || method is null ? null : new Slo
        {
            Name = name,
            DisplayName = metadata.Text("displayName"),
            Description = description,
            Service = service,
            Window = window,
            Method = method.Value,
            Objectives = Named(made),
            IsComposite = isComposite,
            Alerts = alerts,
            MinimumEvents = SloAnnotations.Guard(metadata, annotations, "fairway.dev/minimum-events"),
            MinimumErrors = SloAnnotations.Guard(metadata, annotations, "fairway.dev/minimum-errors"),
            Corrections = SloAnnotations.Corrections(metadata, annotations),
            Labels = metadata.Texts("labels"),
            Source = document.Source,
        };
    }

    private static Indicator? NoShared(OpenSloNode spec)
    {
        foreach (string field in (string[])["indicator", "indicatorRef"])
        {
            if (spec.Has(field))
            {
                spec.Problem(field, "belongs into each objective when one of them has its own (a composite SLO)");
            }
        }

        return null;
    }

    private Objective? ObjectiveOf(OpenSloNode node, int index, Indicator? shared, bool isComposite, BudgetingMethod? method)
    {
        Indicator? indicator = isComposite ? IndicatorOf(node) : shared;
        string? display = node.Text("displayName");
        double? target = TargetOf(node);
        SloOperator? comparison = node.Choice<SloOperator>("op");
        double? value = node.Number("value");

        // The format asks for both with thresholds only; its own examples carry an op with ratios too, where it says nothing.
        if (indicator is Indicator.Threshold && (comparison is null || value is null))
        {
            node.Problem(comparison is null ? "op" : "value", "is required with a thresholdMetric");
        }

        (double? sliceTarget, SloDuration? slice) = Slices(node, method);
        double weight = node.Number("compositeWeight") ?? 1;
        if (!(weight > 0) || double.IsInfinity(weight))
        {
            node.Problem("compositeWeight", "must be a number above 0");
        }

        node.RefuseOthers();
        return indicator is null || target is null ? null : new Objective
        {
            Name = Slug(display) ?? string.Create(CultureInfo.InvariantCulture, $"objective-{index + 1}"),
            DisplayName = display,
            Target = target.Value,
            Indicator = indicator,
            Operator = comparison,
            Value = value,
            SliceTarget = sliceTarget,
            Slice = slice?.Length,
            Weight = weight,
        };
    }

    private static double? TargetOf(OpenSloNode node)
    {
        double? share = node.Number("target");
        double? percent = node.Number("targetPercent");
        if (share is null == percent is null)
        {
            node.Problem("target", "exactly one of target and targetPercent is required");
            return null;
        }

        double target = share ?? percent!.Value / 100;
        if (target is >= 0 and < 1)
        {
            return target;
        }

        node.Problem(share is null ? "targetPercent" : "target", share is null ? "must be at least 0 and below 100" : "must be at least 0 and below 1");
        return null;
    }

    private static (double? Target, SloDuration? Slice) Slices(OpenSloNode node, BudgetingMethod? method)
    {
        double? target = node.Number("timeSliceTarget");
        SloDuration? slice = node.Duration("timeSliceWindow", required: method is BudgetingMethod.Timeslices or BudgetingMethod.RatioTimeslices, allowNumber: true);
        if (method == BudgetingMethod.Timeslices && target is null)
        {
            node.Problem("timeSliceTarget", "is required when budgetingMethod is Timeslices");
        }
        else if (target is <= 0 or > 1)
        {
            node.Problem("timeSliceTarget", "must be above 0 and at most 1");
        }

        return (target, slice);
    }

    private Indicator? IndicatorOf(OpenSloNode owner)
    {
        string? reference = owner.Text("indicatorRef");
        OpenSloNode? inline = owner.Object("indicator");
        if (reference is null == inline is null)
        {
            owner.Problem("indicator", "exactly one of indicator and indicatorRef is required");
            return null;
        }

        if (reference is not null)
        {
            inline = find("SLI", reference);
            if (inline is null)
            {
                owner.Problem("indicatorRef", $"there is no SLI \"{reference}\" in the files");
                return null;
            }
        }

        return inline!.Object("spec", required: true) is { } spec ? Measured(spec) : null;
    }

    private Indicator? Measured(OpenSloNode spec)
    {
        spec.Text("description");
        OpenSloNode? ratio = spec.Object("ratioMetric");
        OpenSloNode? threshold = spec.Object("thresholdMetric");
        spec.RefuseOthers();
        if (ratio is null == threshold is null)
        {
            spec.Problem("ratioMetric", "exactly one of ratioMetric and thresholdMetric is required");
            return null;
        }

        return threshold is not null
            ? sources.Query(threshold) is { } query ? new Indicator.Threshold(query) : null
            : RatioOf(ratio!);
    }

    private Indicator? RatioOf(OpenSloNode ratio)
    {
        bool? counter = ratio.Flag("counter");
        OpenSloNode? good = ratio.Object("good");
        OpenSloNode? bad = ratio.Object("bad");
        OpenSloNode? total = ratio.Object("total");
        OpenSloNode? raw = ratio.Object("raw");
        string? rawType = ratio.Text("rawType");
        ratio.RefuseOthers();
        if (raw is not null)
        {
            if (good is not null || bad is not null || total is not null)
            {
                ratio.Problem("raw", "cannot stand beside good, bad or total");
            }

            if (rawType is not ("success" or "failure"))
            {
                ratio.Problem("rawType", "is required with raw: success or failure");
                return null;
            }

            return sources.Query(raw) is { } query ? new Indicator.RawRatio(query, rawType == "failure") : null;
        }

        if (total is null || good is null == bad is null)
        {
            ratio.Problem(total is null ? "total" : "good", total is null ? "is required: total, or raw" : "exactly one of good and bad is required beside total");
            return null;
        }

        return sources.Query(good ?? bad!) is { } part && sources.Query(total) is { } all ? new Indicator.Ratio(part, bad is not null, all, counter ?? false) : null;
    }

    private static BudgetWindow? WindowOf(OpenSloNode spec)
    {
        IReadOnlyList<OpenSloNode> windows = spec.Objects("timeWindow");
        if (windows.Count == 0)
        {
            return new BudgetWindow(DefaultWindow);
        }

        if (windows.Count > 1)
        {
            spec.Problem("timeWindow", $"has {windows.Count} items; exactly one is allowed");
        }

        OpenSloNode window = windows[0];
        SloDuration? duration = window.Duration("duration", required: true);
        bool? rolling = window.Flag("isRolling");
        OpenSloNode? calendar = window.Object("calendar");
        window.RefuseOthers();
        if ((rolling ?? calendar is null) != (calendar is null))
        {
            window.Problem("isRolling", calendar is null ? "must be true when there is no calendar" : "must be false beside a calendar");
            return null;
        }

        return duration is null ? null : calendar is null ? new BudgetWindow(duration.Value) : Calendar(calendar, duration.Value);
    }

    private static BudgetWindow? Calendar(OpenSloNode calendar, SloDuration duration)
    {
        string? startText = calendar.Text("startTime", required: true);
        string? zoneName = calendar.Text("timeZone", required: true);
        calendar.RefuseOthers();
        if (startText is null || zoneName is null)
        {
            return null;
        }

        string[] forms = ["yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd HH:mm", "yyyy-MM-dd", "yyyy-MM-ddTHH:mm:ss", "yyyy-MM-ddTHH:mm:ssZ"];
        if (!DateTime.TryParseExact(startText, forms, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out DateTime start))
        {
            calendar.Problem("startTime", $"\"{startText}\" is no time; expected one such as 2026-01-01 00:00:00");
            return null;
        }

        if (!TimeZoneInfo.TryFindSystemTimeZoneById(zoneName, out TimeZoneInfo? zone))
        {
            calendar.Problem("timeZone", $"\"{zoneName}\" is no time zone of the IANA database");
            return null;
        }

        return new BudgetWindow(duration, DateTime.SpecifyKind(start, DateTimeKind.Unspecified), zone);
    }

    private BurnAlert? Alert(OpenSloNode entry)
    {
        OpenSloNode? policy = entry;
        string name = "alert";
        if (entry.Text("alertPolicyRef") is { } reference)
        {
            name = reference;
            policy = find("AlertPolicy", reference);
            if (policy is null)
            {
                entry.Problem("alertPolicyRef", $"there is no AlertPolicy \"{reference}\" in the files");
                return null;
            }
        }
        else
        {
            name = entry.Object("metadata")?.Text("name") ?? name;
        }

        if (policy.Object("spec", required: true) is not { } spec)
        {
            return null;
        }

        IReadOnlyList<OpenSloNode> conditions = spec.Objects("conditions");
        if (conditions.Count != 1)
        {
            spec.Problem("conditions", $"exactly one condition is required, there are {conditions.Count}");
            return null;
        }

        return Condition(conditions[0]) is not { } condition ? null : condition with
        {
            Name = name,
            WhenBreaching = spec.Flag("alertWhenBreaching") ?? false,
            WhenResolved = spec.Flag("alertWhenResolved") ?? false,
            WhenNoData = spec.Flag("alertWhenNoData") ?? false,
            Description = spec.Text("description") ?? condition.Description,
            Targets = [.. spec.Objects("notificationTargets").Select(Target).OfType<string>()],
        };
    }

    private BurnAlert? Condition(OpenSloNode entry)
    {
        OpenSloNode? condition = entry;
        if (entry.Text("conditionRef") is { } reference)
        {
            condition = find("AlertCondition", reference);
            if (condition is null)
            {
                entry.Problem("conditionRef", $"there is no AlertCondition \"{reference}\" in the files");
                return null;
            }
        }

        if (condition.Object("spec", required: true) is not { } spec
            || spec.Object("condition", required: true) is not { } burn)
        {
            return null;
        }

        string kind = burn.Text("kind") ?? "burnrate";
        if (!kind.Equals("burnrate", StringComparison.OrdinalIgnoreCase))
        {
            burn.Problem("kind", $"\"{kind}\" is not known; expected burnrate");
            return null;
        }

        string? severity = spec.Text("severity", required: true);
        SloOperator? comparison = burn.Choice<SloOperator>("op");
        double? threshold = burn.Number("threshold");
        SloDuration? lookback = burn.Duration("lookbackWindow", required: true);
        SloDuration? after = After(burn);
        if (threshold is null)
        {
            burn.Problem("threshold", "is required: a burn rate");
        }

        return severity is null || threshold is null || lookback is null ? null : new BurnAlert
        {
            Name = "",
            Description = spec.Text("description"),
            Severity = severity,
            Operator = comparison ?? SloOperator.Gte,
            Threshold = threshold.Value,
            Lookback = lookback.Value.Length,
            After = after?.Length ?? TimeSpan.Zero,
        };
    }

    // "0m" is the one duration that is not positive.
    private static SloDuration? After(OpenSloNode burn)
        => burn.Has("alertAfter") && burn.Text("alertAfter") is "0m" or "0h" or "0d" ? null : burn.Duration("alertAfter");

    private string? Target(OpenSloNode entry)
    {
        if (entry.Text("targetRef") is not { } reference)
        {
            return entry.Object("spec")?.Text("target", required: true);
        }

        if (find("AlertNotificationTarget", reference) is { } target)
        {
            return target.Object("spec", required: true)?.Text("target", required: true) is null ? null : reference;
        }

        entry.Problem("targetRef", $"there is no AlertNotificationTarget \"{reference}\" in the files");
        return null;
    }

    private static Objective[] Named(Objective[] objectives)
    {
        HashSet<string> names = new(StringComparer.Ordinal);
        return [.. objectives.Select((one, index) =>
            names.Add(one.Name) ? one : one with { Name = string.Create(CultureInfo.InvariantCulture, $"{one.Name}-{index + 1}") })];
    }

    private static string? Slug(string? display)
    {
        if (display is null)
        {
            return null;
        }

        string slug = string.Concat(display.ToLowerInvariant().Select(one => char.IsAsciiLetterOrDigit(one) ? one : '-')).Trim('-');
        while (slug.Contains("--", StringComparison.Ordinal))
        {
            slug = slug.Replace("--", "-", StringComparison.Ordinal);
        }

        return slug.Length == 0 ? null : slug;
    }
}
