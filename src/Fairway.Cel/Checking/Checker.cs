using Fairway.Cel.Syntax;

namespace Fairway.Cel.Checking;

/// <summary>
/// Infers the type of every node and resolves names and overloads, reporting everything that is wrong. Semantics of the
/// language definition's gradual typing: dyn goes anywhere, type parameters are inferred, mixed lists become list(dyn).
/// </summary>
internal sealed class Checker
{
    private readonly CelEnvironment _environment;
    private readonly Issues _issues;
    private readonly CelType[] _types;
    private readonly Reference?[] _references;
    private readonly Substitution _substitution = new();
    private Scope? _scope;

    private Checker(CelEnvironment environment, int nodeCount, Issues issues)
    {
        _environment = environment;
        _issues = issues;
        _types = new CelType[nodeCount];
        _references = new Reference?[nodeCount];
    }

    private sealed record Scope(string Name, CelType Type, Scope? Outer);

    public static CheckedTree? Check(CelEnvironment environment, Expr root, int nodeCount, Issues issues)
    {
        var checker = new Checker(environment, nodeCount, issues);
        checker.Infer(root);
        if (issues.Any)
        {
            return null;
        }

        for (int i = 0; i < nodeCount; i++)
        {
            checker._types[i] = checker._types[i] is { } type ? checker._substitution.Apply(type, freeToDyn: true) : CelType.Dyn;
        }

        var tree = new CheckedTree(root, checker._types, checker._references);
        if (environment.HomogeneousLiterals)
        {
            LiteralRules.Check(tree, issues);
        }

        return tree;
    }

    private CelType Infer(Expr expr)
    {
        CelType type = expr switch
        {
            ConstExpr constant => constant.Value.Type,
            IdentExpr ident => Ident(ident),
            SelectExpr select => Select(select),
            CallExpr call => Call(call),
            ListExpr list => List(list),
            MapExpr map => Map(map),
            StructExpr message => Struct(message),
            LoopExpr loop => Loop(loop),
            _ => CelType.Error,
        };
        _types[expr.Id] = type;
        return type;
    }

    private CelType Fail(Expr at, string message)
    {
        _issues.Add(at.Caret, Math.Max(1, at.Place.End - at.Caret), message);
        return CelType.Error;
    }

    private Scope? Local(string name)
    {
        for (Scope? scope = _scope; scope is not null; scope = scope.Outer)
        {
            if (string.Equals(scope.Name, name, StringComparison.Ordinal))
            {
                return scope;
            }
        }

        return null;
    }

    private CelType Ident(IdentExpr ident)
    {
        if (Local(ident.Name) is { } local)
        {
            return local.Type;
        }

        return Resolve(ident, ident.Name) ?? Fail(ident, $"undeclared reference to '{ident.Name.TrimStart('.')}' (in container '{_environment.Container}')");
    }

    /// <summary>A variable, constant or type by its name, recorded as what the node refers to.</summary>
    private CelType? Resolve(Expr expr, string name)
    {
        foreach (string candidate in Names.Candidates(_environment.Container, name))
        {
            if (_environment.VariableType(candidate) is { } variable)
            {
                _references[expr.Id] = new Reference(candidate);
                return variable;
            }

            if (_environment.Constant(candidate) is { } constant)
            {
                _references[expr.Id] = new Reference(candidate, constant);
                return constant.Kind == CelKind.Type ? CelType.TypeOf(constant.TypeValue) : constant.Type;
            }
        }

        return null;
    }

    private CelType Select(SelectExpr select)
    {
        if (!select.TestOnly && Names.Qualified(select) is { } qualified && Local(Names.First(qualified)) is null && Resolve(select, qualified) is { } named)
        {
            return named;
        }

        CelType operand = _substitution.Apply(Infer(select.Operand), freeToDyn: false);
        CelType result = Field(select, operand, select.Field);
        return select.TestOnly ? CelType.Bool : _substitution.Apply(result, freeToDyn: false);
    }

    private CelType Field(Expr at, CelType operand, string field)
    {
        switch (operand.Kind)
        {
            case CelTypeKind.Opaque when operand.IsOptional:
                CelType inner = Field(at, _substitution.Apply(operand.Element, freeToDyn: false), field);
                return CelType.OptionalOf(inner);
            case CelTypeKind.Map:
                return operand.Element;
            case CelTypeKind.Message:
                return MessageField(at, operand, field);
            case CelTypeKind.Param:
                _substitution.IsAssignable(CelType.Dyn, operand);
                return CelType.Dyn;
            case CelTypeKind.Dyn or CelTypeKind.Any or CelTypeKind.Error:
                return CelType.Dyn;
            default:
                return Fail(at, $"type '{operand}' does not support field selection");
        }
    }

    private CelType MessageField(Expr at, CelType operand, string field)
    {
        if (_environment.StructType(operand.Name) is not { } type)
        {
            return Fail(at, $"unexpected failed resolution of '{operand.Name}'");
        }

        return type.FieldType(field) ?? Fail(at, $"undefined field '{field}'");
    }

    private CelType Call(CallExpr call)
    {
        if (call.Function == Operators.OptionalSelect)
        {
            return OptionalSelect(call);
        }

        if (call.Function == Operators.Block)
        {
            return Block(call);
        }

        if (call.Target is null)
        {
            return Global(call);
        }

        if (Names.Qualified(call.Target) is { } prefix)
        {
            foreach (string candidate in Names.Candidates(_environment.Container, $"{prefix}.{call.Function}"))
            {
                if (_environment.Function(candidate) is { } function && function.Overloads.Any(overload => !overload.IsMember))
                {
                    return Overload(call, function, null, Array.ConvertAll(call.Args, Infer), isNamespaced: true);
                }
            }
        }

        CelType target = Infer(call.Target);
        CelType[] args = Array.ConvertAll(call.Args, Infer);
        if (_environment.Function(call.Function) is { } member)
        {
            return Overload(call, member, target, args, isNamespaced: false);
        }

        return Fail(call, $"undeclared reference to '{call.Function}' (in container '{_environment.Container}')");
    }

    private CelType Global(CallExpr call)
    {
        CelType[] args = Array.ConvertAll(call.Args, Infer);
        foreach (string candidate in Names.Candidates(_environment.Container, call.Function))
        {
            if (_environment.Function(candidate) is { } function)
            {
                return Overload(call, function, null, args, isNamespaced: false);
            }
        }

        return Fail(call, $"undeclared reference to '{call.Function.TrimStart('.')}' (in container '{_environment.Container}')");
    }

    private CelType Overload(CallExpr call, CelFunction function, CelType? target, CelType[] args, bool isNamespaced)
    {
        if (call.Function is Operators.And or Operators.Or && !AreTruths(call, args))
        {
            return CelType.Error;
        }

        CelType[] given = target is null ? args : [target, .. args];
        var chosen = new List<CelOverload>();
        CelType? result = null;
        foreach (CelOverload overload in function.Overloads)
        {
            if (overload.IsMember != target is not null)
            {
                continue;
            }

            (CelType[] parameters, CelType declared) = _substitution.Instantiate(overload);
            if (!_substitution.AreAssignable(given, parameters))
            {
                continue;
            }

            chosen.Add(overload);
            CelType applied = _substitution.Apply(declared, freeToDyn: false);
            result = result is null || result.Equals(applied) ? applied : CelType.Dyn;
        }

        if (result is null)
        {
            string types = string.Join(", ", args.Select(type => _substitution.Apply(type, freeToDyn: true)));
            string applied = target is null ? $"({types})" : $"{_substitution.Apply(target, freeToDyn: true)}.({types})";
            return Fail(call, $"found no matching overload for '{function.Name}' applied to '{applied}'");
        }

        _references[call.Id] = new Reference(function.Name, Overloads: [.. chosen], IsNamespaced: isNamespaced);
        return result;
    }

    /// <summary>What is joined by "and" and "or" is judged part by part, and the part that is no truth is named.</summary>
    private bool AreTruths(CallExpr call, CelType[] args)
    {
        bool all = true;
        for (int i = 0; i < args.Length; i++)
        {
            if (!_substitution.IsAssignable(args[i], CelType.Bool))
            {
                Fail(call.Args[i], $"expected type 'bool' but found '{_substitution.Apply(args[i], freeToDyn: true)}'");
                all = false;
            }
        }

        return all;
    }

    private CelType OptionalSelect(CallExpr call)
    {
        CelType operand = _substitution.Apply(Infer(call.Args[0]), freeToDyn: false);
        _types[call.Args[1].Id] = CelType.String;
        CelType field = Field(call, operand, ((ConstExpr)call.Args[1]).Value.StringValue);
        return operand.IsOptional ? field : CelType.OptionalOf(field);
    }

    /// <summary>A block's parts see the parts before them.</summary>
    private CelType Block(CallExpr call)
    {
        Scope? outer = _scope;
        var parts = (ListExpr)call.Args[0];
        for (int i = 0; i < parts.Elements.Length; i++)
        {
            CelType part = Infer(parts.Elements[i]);
            _scope = new Scope($"@index{i}", part, _scope);
        }

        _types[parts.Id] = CelType.ListOf(CelType.Dyn);
        CelType result = Infer(call.Args[1]);
        _scope = outer;
        return result;
    }

    private CelType List(ListExpr list)
    {
        CelType? element = null;
        for (int i = 0; i < list.Elements.Length; i++)
        {
            CelType type = Infer(list.Elements[i]);
            if (list.Optional?[i] == true)
            {
                type = Unwrapped(list.Elements[i], type);
            }

            element = Join(element, type);
        }

        return CelType.ListOf(element ?? _substitution.Fresh());
    }

    private CelType Map(MapExpr map)
    {
        CelType? key = null;
        CelType? value = null;
        foreach (MapEntry entry in map.Entries)
        {
            key = Join(key, Infer(entry.Key));
            CelType type = Infer(entry.Value);
            value = Join(value, entry.Optional ? Unwrapped(entry.Value, type) : type);
        }

        return CelType.MapOf(key ?? _substitution.Fresh(), value ?? _substitution.Fresh());
    }

    /// <summary>What is in the optional that <c>?e</c> needs.</summary>
    private CelType Unwrapped(Expr expr, CelType type)
    {
        type = _substitution.Apply(type, freeToDyn: false);
        if (type.IsOptional)
        {
            return type.Element;
        }

        if (!type.IsDyn)
        {
            Fail(expr, $"expected type 'optional_type({type})' but found '{type}'");
        }

        return CelType.Dyn;
    }

    private CelType Join(CelType? previous, CelType current)
    {
        if (previous is null)
        {
            return current;
        }

        if (_substitution.IsAssignable(previous, current))
        {
            return _substitution.MostGeneral(_substitution.Apply(previous, false), _substitution.Apply(current, false));
        }

        return CelType.Dyn;
    }

    private CelType Struct(StructExpr message)
    {
        (CelStructType type, string name)? found = null;
        foreach (string candidate in Names.Candidates(_environment.Container, message.TypeName))
        {
            if (_environment.StructType(candidate) is { } type)
            {
                found = (type, candidate);
                break;
            }

            if (_environment.VariableType(candidate) is not null || _environment.Constant(candidate) is not null)
            {
                break;
            }
        }

        if (found is not { type.CanConstruct: true } target)
        {
            foreach (FieldInit field in message.Fields)
            {
                Infer(field.Value);
            }

            string written = message.TypeName.TrimStart('.');
            return Fail(message, found is null && Resolve(message, message.TypeName) is null
                ? $"undeclared reference to '{written}' (in container '{_environment.Container}')"
                : $"'{written}' is not a message type");
        }

        _references[message.Id] = new Reference(target.name);
        foreach (FieldInit field in message.Fields)
        {
            CelType value = Infer(field.Value);
            value = field.Optional ? Unwrapped(field.Value, value) : value;
            CelType? declared = target.type.FieldType(field.Name);
            if (declared is null)
            {
                _issues.Add(field.Caret, 1, $"undefined field '{field.Name}'");
            }
            else if (!_substitution.IsAssignable(declared, value))
            {
                _issues.Add(field.Caret, 1, $"expected type of field '{field.Name}' is '{declared}' but provided type is '{_substitution.Apply(value, true)}'");
            }
        }

        return CelType.Message(target.name);
    }

    private CelType Loop(LoopExpr loop)
    {
        LoopParts parts = loop.Parts;
        CelType range = _substitution.Apply(Infer(parts.Range), freeToDyn: false);
        CelType init = Infer(parts.Init);
        (CelType first, CelType second) = Variables(parts, range);
        Scope? outer = _scope;
        Scope accumulator = new(parts.Accumulator, init, outer);
        _scope = new Scope(parts.Variable, first, accumulator);
        if (parts.Variable2 is { } variable2)
        {
            _scope = new Scope(variable2, second, _scope);
        }

        Expect(parts.Condition, CelType.Bool);
        Expect(parts.Step, init);
        _scope = accumulator;
        CelType result = _substitution.Apply(Infer(parts.Result), freeToDyn: false);
        _scope = outer;
        return result;
    }

    private (CelType First, CelType Second) Variables(LoopParts parts, CelType range)
    {
        switch (range.Kind)
        {
            case CelTypeKind.List:
                return parts.Variable2 is null ? (range.Element, CelType.Dyn) : (CelType.Int, range.Element);
            case CelTypeKind.Map:
                return (range.Parameters[0], range.Parameters[1]);
            case CelTypeKind.Param:
                _substitution.IsAssignable(CelType.Dyn, range);
                return (CelType.Dyn, CelType.Dyn);
            case CelTypeKind.Dyn or CelTypeKind.Any or CelTypeKind.Error:
                return (CelType.Dyn, CelType.Dyn);
            default:
                Fail(parts.Range, $"expression of type '{range}' cannot be range of a comprehension (must be list, map, or dynamic)");
                return (CelType.Error, CelType.Error);
        }
    }

    private void Expect(Expr expr, CelType expected)
    {
        CelType actual = Infer(expr);
        if (!_substitution.IsAssignable(expected, actual))
        {
            Fail(expr, $"expected type '{_substitution.Apply(expected, true)}' but found '{_substitution.Apply(actual, true)}'");
        }
    }
}
