using System.Xml;

namespace Fairway.Policy.Evidence;

/// <summary>The results of tests in JUnit's format, counted by test case.</summary>
internal readonly record struct TestResults(int Passed, int Failed)
{
    /// <summary>Counts; null when it is no such file.</summary>
    public static TestResults? Of(byte[] junit)
    {
        int passed = 0;
        int failed = 0;
        bool inCase = false;
        bool bad = false;
        bool skipped = false;
        try
        {
            using var xml = XmlReader.Create(new MemoryStream(junit), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
            xml.MoveToContent();
            if (xml.LocalName is not ("testsuites" or "testsuite"))
            {
                return null;
            }

            while (xml.Read())
            {
                if (xml is { NodeType: XmlNodeType.Element, LocalName: "testcase" })
                {
                    (bad, skipped) = (false, false);
                    inCase = !xml.IsEmptyElement;
                    passed += xml.IsEmptyElement ? 1 : 0;
                }
                else if (inCase && xml.NodeType == XmlNodeType.Element)
                {
                    bad |= xml.LocalName is "failure" or "error";
                    skipped |= xml.LocalName == "skipped";
                }
                else if (xml is { NodeType: XmlNodeType.EndElement, LocalName: "testcase" })
                {
                    inCase = false;
                    failed += bad ? 1 : 0;
                    passed += !bad && !skipped ? 1 : 0;
                }
            }

            return new TestResults(passed, failed);
        }
        catch (XmlException)
        {
            return null;
        }
    }
}
