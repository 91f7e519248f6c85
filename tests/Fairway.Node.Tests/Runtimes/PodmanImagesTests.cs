using System.Text.Json.Nodes;
using Fairway.Node.Runtimes.Podman;

namespace Fairway.Node.Tests.Runtimes;

public sealed class PodmanImagesTests
{
    [Theory]
    [InlineData("""{"Id":"abc","Digest":"sha256:d","Size":12,"Config":{"ExposedPorts":{"9090/tcp":{},"53/udp":{},"80/tcp":{}},"StopSignal":"QUIT"}}""", "sha256:d 80,9090 QUIT 12")]
    [InlineData("""{"Id":"sha256:abc","Size":12,"Config":{}}""", "sha256:abc   12")]
    [InlineData("""{"Id":"abc"}""", "sha256:abc   0")]
    [InlineData("""[{"Id":"abc","Size":3}]""", "sha256:abc   3")]
    [InlineData("""{"Size":1}""", "")]
    [InlineData("[]", "")]
    public void Read_WhatTheProgramSays_IsTheImage(string inspected, string expected)
        => (PodmanImages.Read("web", JsonNode.Parse(inspected)) is { } image ? $"{image.Digest} {string.Join(',', image.Ports)} {image.StopSignal} {image.SizeBytes}" : "").ShouldBe(expected);
}
