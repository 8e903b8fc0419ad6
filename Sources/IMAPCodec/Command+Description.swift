extension Command: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// As sent, without tag and line end; secrets are never shown.
    public var description: String {
        let encoder = CommandEncoder(capabilities: Capabilities(["SASL-IR"]), utf8Accepted: true)
        guard let encoded = try? encoder.encode(self, tag: "T") else { return "command that cannot be encoded" }
        return String(encoded.description.dropFirst(2))
    }

    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
