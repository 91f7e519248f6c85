using System.Collections.Immutable;

namespace Fairway.Cel.Checking;

/// <summary>What type variables stand for, and which types may stand for which.</summary>
internal sealed class Substitution
{
    private Dictionary<string, CelType> _bound = new(StringComparer.Ordinal);
    private int _fresh;

    /// <summary>A new variable, not written in any text.</summary>
    public CelType Fresh() => CelType.Param($"_var{_fresh++}");

    /// <summary>Replaces variables by what they stand for; free ones become dyn when asked.</summary>
    public CelType Apply(CelType type, bool freeToDyn)
    {
        if (type.Kind == CelTypeKind.Param)
        {
            return _bound.TryGetValue(type.Name, out CelType? bound) ? Apply(bound, freeToDyn) : freeToDyn ? CelType.Dyn : type;
        }

        return type.Parameters.IsEmpty ? type : type.With([.. type.Parameters.Select(parameter => Apply(parameter, freeToDyn))]);
    }

    /// <summary>Whether every argument may stand for its parameter. Bindings are kept only when all may.</summary>
    public bool AreAssignable(IReadOnlyList<CelType> from, IReadOnlyList<CelType> to)
    {
        if (from.Count != to.Count)
        {
            return false;
        }

        Dictionary<string, CelType> before = new(_bound, StringComparer.Ordinal);
        for (int i = 0; i < from.Count; i++)
        {
            if (!Assign(from[i], to[i]))
            {
                _bound = before;
                return false;
            }
        }

        return true;
    }

    public bool IsAssignable(CelType from, CelType to) => AreAssignable([from], [to]);

    private bool Assign(CelType a, CelType b)
    {
        if (b.Kind == CelTypeKind.Param)
        {
            (bool valid, bool hadOne) = Bind(a, b);
            if (valid || hadOne)
            {
                return valid;
            }
        }

        if (a.Kind == CelTypeKind.Param)
        {
            return Bind(b, a).Valid;
        }

        if (a.IsDyn || b.IsDyn)
        {
            return true;
        }

        if (a.Kind == CelTypeKind.Null)
        {
            return TakesNull(b);
        }

        if (b.Kind == CelTypeKind.Null)
        {
            return TakesNull(a);
        }

        if (a.Kind == CelTypeKind.Wrapper || b.Kind == CelTypeKind.Wrapper)
        {
            return (a.Kind == CelTypeKind.Wrapper ? a.Element : a).Equals(b.Kind == CelTypeKind.Wrapper ? b.Element : b);
        }

        if (a.Kind != b.Kind)
        {
            return false;
        }

        return a.Kind switch
        {
            CelTypeKind.Type => true,
            CelTypeKind.List or CelTypeKind.Map => AssignAll(a.Parameters, b.Parameters),
            CelTypeKind.Opaque => a.Name == b.Name && AssignAll(a.Parameters, b.Parameters),
            CelTypeKind.Message => a.Name == b.Name,
            _ => true,
        };
    }

    private static bool TakesNull(CelType type)
        => type.Kind is CelTypeKind.Null or CelTypeKind.Wrapper or CelTypeKind.Opaque or CelTypeKind.Message or CelTypeKind.Timestamp or CelTypeKind.Duration;

    private bool AssignAll(ImmutableArray<CelType> from, ImmutableArray<CelType> to)
    {
        if (from.Length != to.Length)
        {
            return false;
        }

        for (int i = 0; i < from.Length; i++)
        {
            if (!Assign(from[i], to[i]))
            {
                return false;
            }
        }

        return true;
    }

    private (bool Valid, bool HadOne) Bind(CelType type, CelType variable)
    {
        if (type.Equals(variable))
        {
            return (true, true);
        }

        if (_bound.TryGetValue(variable.Name, out CelType? bound))
        {
            if (!Assign(type, bound))
            {
                return (false, true);
            }

            CelType general = MostGeneral(Apply(type, false), Apply(bound, false));
            if (!Mentions(variable, general))
            {
                _bound[variable.Name] = general;
            }

            return (true, true);
        }

        if (Mentions(variable, type))
        {
            return (false, false);
        }

        _bound[variable.Name] = type;
        return (true, false);
    }

    private bool Mentions(CelType variable, CelType type)
    {
        if (type.Kind == CelTypeKind.Param)
        {
            return type.Equals(variable) || (_bound.TryGetValue(type.Name, out CelType? bound) && Mentions(variable, bound));
        }

        foreach (CelType parameter in type.Parameters)
        {
            if (Mentions(variable, parameter))
            {
                return true;
            }
        }

        return false;
    }

    public CelType MostGeneral(CelType a, CelType b) => IsAsGeneral(a, b) ? a : b;

    private static bool IsAsGeneral(CelType a, CelType b)
    {
        if (a.IsDyn || a.Kind == CelTypeKind.Param)
        {
            return true;
        }

        if (b.IsDyn || b.Kind == CelTypeKind.Param)
        {
            return false;
        }

        if (b.Kind == CelTypeKind.Null)
        {
            return TakesNull(a);
        }

        if (a.Kind == CelTypeKind.Null)
        {
            return false;
        }

        if (a.Kind == CelTypeKind.Wrapper)
        {
            return true;
        }

        if (a.Kind != b.Kind || a.Name != b.Name || a.Parameters.Length != b.Parameters.Length)
        {
            return false;
        }

        for (int i = 0; i < a.Parameters.Length; i++)
        {
            if (!IsAsGeneral(a.Parameters[i], b.Parameters[i]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The overload's parameters and result with its variables replaced by fresh ones.</summary>
    public (CelType[] Parameters, CelType Result) Instantiate(CelOverload overload)
    {
        Dictionary<string, CelType>? fresh = null;
        CelType Replace(CelType type)
        {
            if (type.Kind == CelTypeKind.Param)
            {
                fresh ??= new Dictionary<string, CelType>(StringComparer.Ordinal);
                if (!fresh.TryGetValue(type.Name, out CelType? variable))
                {
                    fresh[type.Name] = variable = Fresh();
                }

                return variable;
            }

            return type.Parameters.IsEmpty ? type : type.With([.. type.Parameters.Select(Replace)]);
        }

        return ([.. overload.Parameters.Select(Replace)], Replace(overload.Result));
    }
}
