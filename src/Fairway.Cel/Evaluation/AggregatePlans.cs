using Fairway.Cel.Syntax;

namespace Fairway.Cel.Evaluation;

/// <summary>Delegates of list, map and object literals.</summary>
internal static class AggregatePlans
{
    private const int ListCost = 10;
    private const int MapCost = 30;
    private const int StructCost = 40;

    public static Evaluator List(ListExpr list, Func<Expr, Evaluator> compile)
    {
        if (Array.TrueForAll(list.Elements, element => element is ConstExpr) && list.Optional is null)
        {
            CelValue constant = CelValue.Of(Array.ConvertAll(list.Elements, element => ((ConstExpr)element).Value));
            return frame =>
            {
                frame.Charge(ListCost);
                return constant;
            };
        }

        Evaluator[] elements = Array.ConvertAll(list.Elements, element => compile(element));
        bool[]? optional = list.Optional;
        int caret = list.Caret;
        return frame =>
        {
            var items = new CelValue[elements.Length];
            int count = 0;
            for (int i = 0; i < elements.Length; i++)
            {
                CelValue item = elements[i](frame);
                if (optional?[i] == true && !item.IsError)
                {
                    if (item.Kind != CelKind.Optional)
                    {
                        return CelValue.Fail(new CelError($"cannot initialize optional list element from non-optional value {item}", offset: caret));
                    }

                    if (item.OptionalValue is not { } held)
                    {
                        continue;
                    }

                    item = held;
                }

                if (item.IsError)
                {
                    return item;
                }

                items[count++] = item;
            }

            frame.Charge(ListCost);
            return CelValue.Of(new ArrayList(items, count));
        };
    }

    public static Evaluator Map(MapExpr map, Func<Expr, Evaluator> compile)
    {
        (Evaluator Key, Evaluator Value, bool Optional, int Caret)[] entries =
            Array.ConvertAll(map.Entries, entry => (compile(entry.Key), compile(entry.Value), entry.Optional, entry.Key.Caret));
        return frame =>
        {
            var result = new Dictionary<CelValue, CelValue>(entries.Length, MapKeyComparer.Instance);
            foreach ((Evaluator keyOf, Evaluator valueOf, bool optional, int caret) in entries)
            {
                CelValue key = keyOf(frame);
                CelValue value = valueOf(frame);
                if (key.IsError || value.IsError)
                {
                    return Logic.Undecided(key, value);
                }

                if (optional && !Unwrap(ref value, caret))
                {
                    if (value.IsError)
                    {
                        return value;
                    }

                    continue;
                }

                if (Literals.Add(result, key, value) is { } failure)
                {
                    return ExpressionPlanner.Located(failure, caret);
                }
            }

            frame.Charge(MapCost);
            return Literals.Map(result);
        };
    }

    /// <summary>True when there is a value; otherwise the entry is left out, or the value is now an error.</summary>
    private static bool Unwrap(ref CelValue value, int caret)
    {
        if (value.Kind != CelKind.Optional)
        {
            value = CelValue.Fail(new CelError($"cannot initialize optional entry from non-optional value {value}", offset: caret));
            return false;
        }

        if (value.OptionalValue is not { } held)
        {
            return false;
        }

        value = held;
        return true;
    }

    public static Evaluator Struct(StructExpr message, CelStructType? type, Func<Expr, Evaluator> compile)
    {
        int caret = message.Caret;
        if (type is null || !type.CanConstruct)
        {
            CelValue unknown = CelValue.Fail(new CelError($"unknown type: {message.TypeName.TrimStart('.')}", offset: caret));
            return _ => unknown;
        }

        (string Name, Evaluator Value, bool Optional, int Caret)[] fields =
            Array.ConvertAll(message.Fields, field => (field.Name, compile(field.Value), field.Optional, field.Caret));
        return frame =>
        {
            var values = new List<KeyValuePair<string, CelValue>>(fields.Length);
            foreach ((string name, Evaluator valueOf, bool optional, int at) in fields)
            {
                CelValue value = valueOf(frame);
                if (value.IsError)
                {
                    return value;
                }

                if (optional && !Unwrap(ref value, at))
                {
                    if (value.IsError)
                    {
                        return value;
                    }

                    continue;
                }

                values.Add(KeyValuePair.Create(name, value));
            }

            frame.Charge(StructCost);
            return ExpressionPlanner.Located(type.Construct(values), caret);
        };
    }
}
