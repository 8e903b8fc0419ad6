/// What a read brings. Fewer bytes than asked for mean the end of the file.
public enum ReadReply: Sendable {
    case bytes([UInt8])
    /// `count` bytes of an open file from `offset` on (its own position does not matter). `keepAlive` holds the
    /// descriptor open and is let go after the reply.
    case file(descriptor: Int32, offset: Int64, count: Int, keepAlive: any AnyObject & Sendable)
}
