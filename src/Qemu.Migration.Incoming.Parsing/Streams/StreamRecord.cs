namespace Qemu.Migration.Incoming.Streams;

/// <summary>One record of a stream, for people.</summary>
/// <param name="Offset">Absolute offset of its first byte.</param>
/// <param name="Section">The section's idstr, or "" outside sections.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Block">Its RAM block, or "".</param>
/// <param name="Page">Byte offset of its page in the block; null without one.</param>
/// <param name="Extra">More, or "".</param>
internal readonly record struct StreamRecord(long Offset, string Section, string Kind, string Block, ulong? Page, string Extra);
