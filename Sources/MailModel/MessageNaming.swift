/// Gives a new message its file name. Deterministic: the same message gets the same name on every machine.
public protocol MessageNaming: Sendable {
    /// - Parameter ordinal: 1 for the first message with this identity in the folder, 2 for the next, which becomes `-2`.
    /// - Returns: 1 to 200 bytes before the id, at most 255 in all, safe in a shell without quoting, ending in `.eml`.
    func name(for message: MessageMetadata, ordinal: Int) -> [UInt8]

    /// The names of ordinal 1 of many messages, in their order.
    func names(for messages: [MessageMetadata]) -> [[UInt8]]
}

extension MessageNaming {
    public func names(for messages: [MessageMetadata]) -> [[UInt8]] { messages.map { name(for: $0, ordinal: 1) } }
}
