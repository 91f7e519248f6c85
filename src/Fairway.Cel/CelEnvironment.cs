using System.Collections.Immutable;
using Fairway.Cel.Checking;
using Fairway.Cel.Evaluation;
using Fairway.Cel.Libraries;
using Fairway.Cel.Syntax;

namespace Fairway.Cel;

/// <summary>Which phases a compilation runs.</summary>
/// <param name="Check">Without it names and overloads are resolved at run time, and <see cref="CelCompilation.Type"/> is dyn.</param>
/// <param name="Macros">Without them <c>has</c>, <c>all</c> and the like are ordinary calls.</param>
/// <param name="MaxLength">The longest text accepted, in UTF-16 units.</param>
public sealed record CelCompileOptions(bool Check = true, bool Macros = true, int MaxLength = 100_000)
{
    public static CelCompileOptions Default { get; } = new();
}

/// <summary>
/// What expressions may name: variables with their types, functions, object types, constants, and the container in which
/// names are looked up. Immutable: each With… gives a new one. Safe to share between threads.
/// </summary>
public sealed class CelEnvironment
{
    private static readonly Lazy<CelEnvironment> StandardInstance = new(() => new CelEnvironment().WithLibraries(StandardLibrary.Instance));

    private static readonly Lazy<CelEnvironment> ExtendedInstance = new(() => Standard.WithLibraries(
        OptionalLibrary.Instance,
        StringsLibrary.Instance,
        FormatLibrary.Strings,
        MathLibrary.Instance,
        EncodersLibrary.Instance,
        ListsLibrary.Instance,
        SetsLibrary.Instance,
        NetworkLibrary.Instance,
        RegexLibrary.Instance,
        BindingsLibrary.Instance,
        BindingsLibrary.TwoVariables,
        BindingsLibrary.Protos));

    private static readonly Lazy<CelEnvironment> KubernetesInstance = new(() => Standard.WithLibraries(
        OptionalLibrary.Instance,
        StringsLibrary.Instance,
        FormatLibrary.Strings,
        SetsLibrary.Instance,
        NetworkLibrary.Kubernetes,
        BindingsLibrary.TwoVariables,
        ListsLibrary.ForKubernetes,
        KubernetesLists.Instance,
        KubernetesRegex.Instance,
        UrlLibrary.Instance,
        QuantityLibrary.Instance,
        SemverLibrary.Instance,
        NamedFormats.Instance,
        JsonPatchLibrary.Instance).WithFunctions(KubernetesDialect.Functions).WithHomogeneousLiterals().WithKubernetesCosts());

    private static readonly Lazy<CelEnvironment> AllInstance = new(() => Extended.WithLibraries(
        KubernetesLists.Instance,
        KubernetesRegex.Instance,
        UrlLibrary.Instance,
        QuantityLibrary.Instance,
        SemverLibrary.Instance,
        NamedFormats.Instance,
        JsonPatchLibrary.Instance));

    private ImmutableDictionary<string, CelType> _variables = ImmutableDictionary<string, CelType>.Empty;
    private ImmutableDictionary<string, CelFunction> _functions = ImmutableDictionary<string, CelFunction>.Empty;
    private ImmutableDictionary<string, CelValue> _constants = ImmutableDictionary<string, CelValue>.Empty;
    private ImmutableDictionary<string, CelStructType> _types = ImmutableDictionary<string, CelStructType>.Empty;
    private ImmutableHashSet<string> _libraries = [];
    private ImmutableDictionary<(string, int, bool), Macro> _macros = ImmutableDictionary<(string, int, bool), Macro>.Empty;
    private MacroTable _macroTable = new([]);

    private CelEnvironment()
    {
    }

    /// <summary>The language as its specification defines it, with no extension.</summary>
    public static CelEnvironment Standard => StandardInstance.Value;

    /// <summary>The language with every general extension library.</summary>
    public static CelEnvironment Extended => ExtendedInstance.Value;

    /// <summary>The language with every library there is, Kubernetes' included.</summary>
    public static CelEnvironment All => AllInstance.Value;

    /// <summary>The language with the libraries of Kubernetes' API server, where the elements of a literal must be of one type.</summary>
    public static CelEnvironment Kubernetes => KubernetesInstance.Value;

    /// <summary>The namespace in which names are looked up, such as <c>google.protobuf</c>; empty for the root.</summary>
    public string Container { get; private init; } = "";

    /// <summary>Refuses list and map literals whose elements differ in type.</summary>
    public bool HomogeneousLiterals { get; private init; }

    private Func<string, CelStructType?>? TypeResolver { get; init; }

    public IEnumerable<KeyValuePair<string, CelType>> Variables => _variables;

    public CelEnvironment WithVariable(string name, CelType type) => Copy(copy => copy._variables = _variables.SetItem(name, type));

    public CelEnvironment WithVariables(IEnumerable<KeyValuePair<string, CelType>> variables) => Copy(copy => copy._variables = _variables.SetItems(variables));

    /// <summary>Without variables of these names.</summary>
    public CelEnvironment WithoutVariables(params IEnumerable<string> names) => Copy(copy => copy._variables = _variables.RemoveRange(names));

    public CelEnvironment WithContainer(string container) => Copy(_ => { }, container);

    public CelEnvironment WithHomogeneousLiterals(bool homogeneous = true) => Copy(_ => { }, homogeneous: homogeneous);

    public CelEnvironment WithConstants(IEnumerable<KeyValuePair<string, CelValue>> constants) => Copy(copy => copy._constants = _constants.SetItems(constants));

    /// <summary>Adds object types, each under its full name.</summary>
    public CelEnvironment WithTypes(IEnumerable<CelStructType> types) => Copy(copy => copy._types = _types.SetItems(types.Select(type => KeyValuePair.Create(type.Name, type))));

    /// <summary>Adds object types that are made when their name is asked for.</summary>
    public CelEnvironment WithTypeResolver(Func<string, CelStructType?> resolver) => Copy(_ => { }, resolver: resolver);

    /// <summary>Adds functions; overloads join those of a function of the same name, and replace one of the same id.</summary>
    public CelEnvironment WithFunctions(params IEnumerable<CelFunction> functions) => Copy(copy => copy.Add(functions));

    /// <summary>Adds libraries; one that is there already is left as it is.</summary>
    public CelEnvironment WithLibraries(params IEnumerable<CelLibrary> libraries) => Copy(copy =>
    {
        foreach (CelLibrary library in libraries)
        {
            if (copy._libraries.Contains(library.Name))
            {
                continue;
            }

            copy._libraries = copy._libraries.Add(library.Name);
            copy._constants = copy._constants.SetItems(library.Constants);
            copy._macros = copy._macros.SetItems(library.Macros.Select(macro => KeyValuePair.Create((macro.Name, macro.ArgCount, macro.IsMember), macro)));
            copy.Add(library.Functions);
        }

        copy._macroTable = new MacroTable(copy._macros.Values);
    });

    /// <summary>With what Kubernetes' API server charges for calls of its libraries, those added since included.</summary>
    public CelEnvironment WithKubernetesCosts() => Copy(copy => copy._functions = _functions.ToImmutableDictionary(
        pair => pair.Key,
        pair => pair.Value with
        {
            Overloads = [.. pair.Value.Overloads.Select(overload => KubernetesCosts.Of(pair.Key, overload.Id) is { } cost ? overload with { Cost = cost } : overload)],
        }));

    /// <summary>Parses, checks and plans an expression. Never throws for what a text may contain; every problem is an issue.</summary>
    public CelCompilation Compile(string text, CelCompileOptions? options = null)
    {
        options ??= CelCompileOptions.Default;
        var issues = new Issues(text);
        if (text.Length > options.MaxLength)
        {
            issues.Add(0, 0, $"expression code point size exceeds limit: size: {text.Length}, limit {options.MaxLength}");
            return CelCompilation.Failed(text, issues.All);
        }

        Expr? root = Parser.Parse(text, new ParserOptions(options.Macros ? _macroTable : null), issues, out int nodeCount);
        CheckedTree? tree = root is null || !options.Check ? null : Checker.Check(this, root, nodeCount, issues);
        if (root is not null && HomogeneousLiterals && !issues.Any)
        {
            LiteralArguments.Check(root, issues);
        }

        if (root is null || issues.Any)
        {
            return CelCompilation.Failed(text, issues.All);
        }

        return new CelCompilation(text, tree?.Type(root) ?? CelType.Dyn, [], new CelProgram(this, text, root, tree));
    }

    internal CelType? VariableType(string name) => _variables.GetValueOrDefault(name);

    internal CelFunction? Function(string name) => _functions.GetValueOrDefault(name);

    internal IEnumerable<CelFunction> Functions => _functions.Values;

    internal CelValue? Constant(string name)
        => _constants.TryGetValue(name, out CelValue value) ? value : _types.ContainsKey(name) ? CelValue.Of(CelType.Message(name)) : null;

    internal CelStructType? StructType(string name) => _types.GetValueOrDefault(name) ?? TypeResolver?.Invoke(name);

    internal MacroTable Macros => _macroTable;

    private void Add(IEnumerable<CelFunction> functions)
    {
        ImmutableDictionary<string, CelFunction>.Builder all = _functions.ToBuilder();
        foreach (CelFunction function in functions)
        {
            all[function.Name] = all.TryGetValue(function.Name, out CelFunction? known)
                ? known with { Overloads = [.. known.Overloads.Where(overload => function.Overloads.All(added => added.Id != overload.Id)), .. function.Overloads] }
                : function;
        }

        _functions = all.ToImmutable();
    }

    private CelEnvironment Copy(Action<CelEnvironment> change, string? container = null, bool? homogeneous = null, Func<string, CelStructType?>? resolver = null)
    {
        var copy = new CelEnvironment
        {
            Container = container ?? Container,
            HomogeneousLiterals = homogeneous ?? HomogeneousLiterals,
            TypeResolver = resolver ?? TypeResolver,
            _variables = _variables,
            _functions = _functions,
            _constants = _constants,
            _types = _types,
            _libraries = _libraries,
            _macros = _macros,
            _macroTable = _macroTable,
        };
        change(copy);
        return copy;
    }
}
