namespace Fairway.Cel.Tests;

/// <summary>Addresses are read, written and refused as Kubernetes' library does, in its words.</summary>
public sealed class NetworkTests
{
    [Theory]
    [InlineData("ip('1.2.3')", "IP Address \"1.2.3\" parse error during conversion from string: ParseAddr(\"1.2.3\"): IPv4 address too short")]
    [InlineData("ip('')", "IP Address \"\" parse error during conversion from string: ParseAddr(\"\"): unable to parse IP")]
    [InlineData("ip('1.2.3.04')", "ParseAddr(\"1.2.3.04\"): IPv4 field has octet with leading zero")]
    [InlineData("ip('256.1.1.1')", "ParseAddr(\"256.1.1.1\"): IPv4 field has value >255")]
    [InlineData("ip('1..2.3')", "ParseAddr(\"1..2.3\"): IPv4 field must have at least one digit (at \".2.3\")")]
    [InlineData("ip('1.2.3.4.5')", "ParseAddr(\"1.2.3.4.5\"): IPv4 address too long")]
    [InlineData("ip('1.2.3.x')", "ParseAddr(\"1.2.3.x\"): unexpected character (at \"x\")")]
    [InlineData("ip('%x')", "ParseAddr(\"%x\"): missing IPv6 address")]
    [InlineData("ip('::1%')", "ParseAddr(\"::1%\"): zone must be a non-empty string")]
    [InlineData("ip('12345::')", "ParseAddr(\"12345::\"): each group must have 4 or less digits (at \"12345::\")")]
    [InlineData("ip('1:2')", "ParseAddr(\"1:2\"): address string too short")]
    [InlineData("ip('::g')", "ParseAddr(\"::g\"): each colon-separated field must have at least one digit (at \"g\")")]
    [InlineData("ip('1::2::3')", "ParseAddr(\"1::2::3\"): multiple :: in address (at \":3\")")]
    [InlineData("ip('1:')", "ParseAddr(\"1:\"): colon must be followed by more characters (at \":\")")]
    [InlineData("ip('1:2g')", "ParseAddr(\"1:2g\"): unexpected character, want colon (at \"g\")")]
    [InlineData("ip('1:2:3:4:5:6:7:8:9')", "ParseAddr(\"1:2:3:4:5:6:7:8:9\"): trailing garbage after address (at \"9\")")]
    [InlineData("ip('::1:2:3:4:5:6:7:8')", "ParseAddr(\"::1:2:3:4:5:6:7:8\"): the :: must expand to at least one field of zeros")]
    [InlineData("ip('1:2:1.2.3.4')", "embedded IPv4 address must replace the final 2 fields of the address (at \"1.2.3.4\")")]
    [InlineData("ip('fe80::1%en0')", "IP address \"fe80::1%en0\" with zone value is not allowed")]
    [InlineData("ip('::ffff:1.2.3.4')", "IPv4-mapped IPv6 address \"::ffff:1.2.3.4\" is not allowed")]
    [InlineData("ip('::ffff:102:304')", "IPv4-mapped IPv6 address \"::ffff:102:304\" is not allowed")]
    [InlineData("cidr('10.0.0.0')", "network address parse error during conversion from string: network address parse error during conversion from string: netip.ParsePrefix(\"10.0.0.0\"): no '/'")]
    [InlineData("cidr('10.0.0.0/33')", "netip.ParsePrefix(\"10.0.0.0/33\"): prefix length out of range")]
    [InlineData("cidr('10.0.0.0/08')", "netip.ParsePrefix(\"10.0.0.0/08\"): bad bits after slash: \"08\"")]
    [InlineData("cidr('10.0.0.0/-1')", "bad bits after slash: \"-1\"")]
    [InlineData("cidr('10.0.0.0/')", "bad bits after slash: \"\"")]
    [InlineData("cidr('a/8')", "netip.ParsePrefix(\"a/8\"): ParseAddr(\"a\"): unable to parse IP")]
    [InlineData("cidr('fe80::1%e/8')", "IPv6 zones cannot be present in a prefix")]
    [InlineData("cidr('::ffff:1.2.3.4/120')", "network address parse error during conversion from string: IPv4-mapped IPv6 address \"::ffff:1.2.3.4/120\" is not allowed")]
    public void Text_ThatIsNone_IsRefusedInTheReferencesWords(string expression, string message)
    {
        CelValue value = Evaluate(expression);
        value.IsError.ShouldBeTrue();
        value.Error!.Message.ShouldContain(message);
    }

    [Theory]
    [InlineData("string(ip('2001:DB8:0:0:1:0:0:1'))", "\"2001:db8::1:0:0:1\"")]
    [InlineData("string(ip('::102:304'))", "\"::102:304\"")]
    [InlineData("string(ip('1:0:0:2:0:0:0:3'))", "\"1:0:0:2::3\"")]
    [InlineData("string(ip('1:0:2:3:4:5:6:7'))", "\"1:0:2:3:4:5:6:7\"")]
    [InlineData("string(ip('1:2:3:4:5:6:0:0'))", "\"1:2:3:4:5:6::\"")]
    [InlineData("string(ip('::'))", "\"::\"")]
    [InlineData("string(ip('fe80::5efe:1.2.3.4'))", "\"fe80::5efe:102:304\"")]
    [InlineData("string(cidr('2001:db8:0::/32'))", "\"2001:db8::/32\"")]
    [InlineData("ip.isCanonical('::102:304')", "true")]
    [InlineData("ip.isCanonical('2001:DB8::1')", "false")]
    [InlineData("isIP('::1.2.3.4')", "true")]
    [InlineData("isIP('1:2:3:4:5:6:7::')", "true")]
    [InlineData("isCIDR('1.2.3.4/0')", "true")]
    public void Text_ThatIsOne_IsReadAndWrittenCanonically(string expression, string expected) => Evaluate(expression).ToString().ShouldBe(expected);

    private static CelValue Evaluate(string expression)
        => CelEnvironment.Kubernetes.Compile(expression).Program!.Evaluate(CelBindings.Empty, CelLimits.None, CancellationToken.None).Value;
}
