public import IMAPCodec

/// An untagged response on its way. Valid during the call only.
public struct Incoming {
    public let response: Untagged
    public let frame: Frame
    /// The finished sink of this response's first streamed literal, where somebody wanted it.
    public let streamed: (any StreamedSink)?

    public init(response: Untagged, frame: Frame, streamed: (any StreamedSink)? = nil) {
        self.response = response
        self.frame = frame
        self.streamed = streamed
    }

    /// Shows the octets of a section without copying them; nil where they are absent or were streamed.
    public func withBytes<R>(
        of content: SectionContent, _ body: (UnsafeRawBufferPointer) throws -> R
    ) rethrows -> R? {
        switch content {
        case .absent, .streamed:
            return nil
        case .inline(let range):
            guard range.lowerBound >= 0, range.upperBound <= frame.bytes.count else { return nil }
            return try body(UnsafeRawBufferPointer(rebasing: frame.bytes[range]))
        case .copied(let bytes):
            return try bytes.withUnsafeBytes(body)
        }
    }
}

/// Whether a running command claims a response as its own.
public enum Taken: Sendable {
    case taken
    /// The next running command is asked; at last `unsolicited`.
    case passed
}

/// Where streamed literals of a command's responses go. Called on the connection's event loop: it must not wait.
public protocol LiteralReceiver: Sendable {
    /// nil: not for us; where nobody wants the octets they are dropped.
    func begin(_ literal: StreamedLiteral) -> (any StreamedSink)?
}

/// Takes the octets of one streamed literal: some calls of `write`, then either `finish` or `abort`, each once.
public protocol StreamedSink: AnyObject, Sendable {
    func write(_ bytes: UnsafeRawBufferPointer)
    /// All octets that were announced have come.
    func finish()
    /// The connection was lost in the middle.
    func abort()
    /// Asked after each read that brought octets.
    ///
    /// - Returns: true where nothing more is to be read before `resume` was called, on any thread and once. Silence is not the server's
    ///   then.
    func holdsUp(_ resume: @escaping @Sendable () -> Void) -> Bool
}

extension StreamedSink {
    public func holdsUp(_ resume: @escaping @Sendable () -> Void) -> Bool { false }
}
