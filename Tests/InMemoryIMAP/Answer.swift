/// What the server is about to send for one command, open to be altered by a ``Misbehaviour``.
public struct Answer: Sendable {
    /// Empty for a greeting and for data pushed outside commands.
    public var tag: String
    /// The command's name in upper case, `UID` included: `UID FETCH`.
    public var command: String
    /// The command as it came, literals abbreviated to their length.
    public var commandText: String
    /// Untagged responses, each with its CRLF and its literals.
    public var untagged: [[UInt8]] = []
    /// What follows the tag, as `OK done`; nil sends no tagged line.
    public var completion: String?

    /// The connection is closed once this was sent.
    public var closesAfterwards = false

    init(tag: String = "", command: String, commandText: String = "") {
        self.tag = tag
        self.command = command
        self.commandText = commandText
    }

    /// Adds an untagged response; `* ` and CRLF are put around it.
    public mutating func add(_ text: String) {
        untagged.append([UInt8]("* \(text)\r\n".utf8))
    }

    /// Drops the untagged responses that contain `text`, in any case.
    public mutating func omit(containing text: String) {
        let pattern = [UInt8](text.utf8).uppercasedASCII
        untagged.removeAll { $0.uppercasedASCII.firstIndex(of: pattern) != nil }
    }

    /// Everything as sent.
    public var bytes: [UInt8] {
        var bytes = [UInt8]()
        bytes.reserveCapacity(untagged.reduce(256) { $0 + $1.count })
        for line in untagged { bytes += line }
        if let completion { bytes += [UInt8]("\(tag) \(completion)\r\n".utf8) }
        return bytes
    }
}
