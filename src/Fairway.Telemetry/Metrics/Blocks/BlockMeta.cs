using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fairway.Telemetry.Metrics.Blocks;

/// <summary>What a block says about itself.</summary>
/// <param name="Version">Of the format.</param>
/// <param name="MinTime">Time of its oldest sample.</param>
/// <param name="MaxTime">Time of its newest sample.</param>
/// <param name="Series">How many series.</param>
/// <param name="Samples">How many samples.</param>
/// <param name="Chunks">How many chunks.</param>
/// <param name="Level">1 from memory, more for each compaction.</param>
/// <param name="IndexChecksum">CRC-32C of the index file.</param>
/// <param name="ChunkBytes">Length of the chunks file.</param>
/// <param name="Resolution">The interval, in milliseconds, that samples were thinned out to; 0 for samples as they came.</param>
/// <param name="Written">When it was written, by the store's clock; 0 where that was not noted.</param>
internal sealed record BlockMeta(int Version, long MinTime, long MaxTime, int Series, long Samples, long Chunks, int Level, uint IndexChecksum, long ChunkBytes, long Resolution = 0, long Written = 0)
{
    public const int CurrentVersion = 1;

    public static BlockMeta Load(string path)
        => JsonSerializer.Deserialize(File.ReadAllBytes(path), BlockMetaJson.Default.BlockMeta) ?? throw new InvalidDataException($"{path} is empty");

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, BlockMetaJson.Default.BlockMeta);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(BlockMeta))]
internal sealed partial class BlockMetaJson : JsonSerializerContext;
