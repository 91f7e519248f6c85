using System.Text;

namespace Fairway.Cel.Syntax;

/// <summary>A tree back to text, macros as they were written, with as few brackets as the grammar allows.</summary>
internal sealed class Unparser
{
    private readonly StringBuilder _text = new();

    public static string Print(Expr expr)
    {
        var unparser = new Unparser();
        unparser.Write(expr);
        return unparser._text.ToString();
    }

    private void Write(Expr expr)
    {
        if (expr.MacroCall is { } written && expr is not CallExpr { Function: Operators.Block })
        {
            WriteCall(written);
            return;
        }

        switch (expr)
        {
            case ConstExpr constant:
                _text.Append(constant.Value);
                break;
            case IdentExpr ident:
                _text.Append(ident.Name);
                break;
            case SelectExpr select:
                WriteSelect(select);
                break;
            case CallExpr call:
                WriteCall(call.MacroCall ?? call);
                break;
            case ListExpr list:
                _text.Append('[');
                Join(list.Elements, i => list.Optional?[i] == true ? "?" : "");
                _text.Append(']');
                break;
            case MapExpr map:
                WriteMap(map);
                break;
            case StructExpr message:
                WriteStruct(message);
                break;
        }
    }

    private void WriteSelect(SelectExpr select)
    {
        if (select.TestOnly)
        {
            _text.Append("has(");
        }

        WriteOperand(select.Operand);
        _text.Append('.').Append(Field(select.Field));
        if (select.TestOnly)
        {
            _text.Append(')');
        }
    }

    private static string Field(string name)
        => name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') && name is not ("true" or "false" or "null" or "in") ? name : $"`{name}`";

    /// <summary>What stands before a dot or bracket: anything but a primary goes into brackets.</summary>
    private void WriteOperand(Expr expr)
        => WriteIn(expr, Precedence(expr) < 8 || expr is ConstExpr { Value.Kind: CelKind.Int or CelKind.Uint or CelKind.Double });

    private void WriteIn(Expr expr, bool brackets)
    {
        _text.Append(brackets ? "(" : "");
        Write(expr);
        _text.Append(brackets ? ")" : "");
    }

    private void WriteCall(CallExpr call)
    {
        if (Operators.Symbol(call.Function) is { } symbol && call.Args.Length == 2 && call.Target is null)
        {
            int precedence = Precedence(call);
            bool chains = call.Function is Operators.And or Operators.Or;
            WriteIn(call.Args[0], Precedence(call.Args[0]) < precedence);
            _text.Append(' ').Append(symbol).Append(' ');
            WriteIn(call.Args[1], chains ? Precedence(call.Args[1]) < precedence : Precedence(call.Args[1]) <= precedence);
            return;
        }

        switch (call.Function)
        {
            case Operators.Conditional:
                WriteIn(call.Args[0], Precedence(call.Args[0]) <= 0);
                _text.Append(" ? ");
                WriteIn(call.Args[1], Precedence(call.Args[1]) <= 0);
                _text.Append(" : ");
                Write(call.Args[2]);
                break;
            case Operators.Not or Operators.Negate:
                _text.Append(call.Function[0]);
                WriteIn(call.Args[0], Precedence(call.Args[0]) < 8 || call.Args[0] is ConstExpr { Value.Kind: CelKind.Int or CelKind.Double });
                break;
            case Operators.Index or Operators.OptionalIndex:
                WriteOperand(call.Args[0]);
                _text.Append(call.Function == Operators.Index ? "[" : "[?");
                Write(call.Args[1]);
                _text.Append(']');
                break;
            case Operators.OptionalSelect:
                WriteOperand(call.Args[0]);
                _text.Append(".?").Append(Field(((ConstExpr)call.Args[1]).Value.StringValue));
                break;
            default:
                if (call.Target is not null)
                {
                    WriteOperand(call.Target);
                    _text.Append('.');
                }

                _text.Append(call.Function).Append('(');
                Join(call.Args, _ => "");
                _text.Append(')');
                break;
        }
    }

    private void Join(Expr[] parts, Func<int, string> prefix)
    {
        for (int i = 0; i < parts.Length; i++)
        {
            _text.Append(i == 0 ? "" : ", ").Append(prefix(i));
            Write(parts[i]);
        }
    }

    private void WriteMap(MapExpr map)
    {
        _text.Append('{');
        for (int i = 0; i < map.Entries.Length; i++)
        {
            _text.Append(i == 0 ? "" : ", ").Append(map.Entries[i].Optional ? "?" : "");
            Write(map.Entries[i].Key);
            _text.Append(": ");
            Write(map.Entries[i].Value);
        }

        _text.Append('}');
    }

    private void WriteStruct(StructExpr message)
    {
        _text.Append(message.TypeName).Append('{');
        for (int i = 0; i < message.Fields.Length; i++)
        {
            FieldInit field = message.Fields[i];
            _text.Append(i == 0 ? "" : ", ").Append(field.Optional ? "?" : "").Append(Field(field.Name)).Append(": ");
            Write(field.Value);
        }

        _text.Append('}');
    }

    private static int Precedence(Expr expr)
    {
        CallExpr? call = expr.MacroCall ?? expr as CallExpr;
        return call is null ? 8 : call.Function switch
        {
            Operators.Conditional when call.Target is null => 0,
            Operators.Or => 1,
            Operators.And => 2,
            Operators.Add or Operators.Subtract => 4,
            Operators.Multiply or Operators.Divide or Operators.Modulo => 5,
            Operators.Not or Operators.Negate => 6,
            _ when Operators.Symbol(call.Function) is not null => 3,
            _ => 8,
        };
    }
}
