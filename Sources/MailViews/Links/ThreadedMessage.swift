internal import MailMessage

/// What a message says of the conversation that it is in, in few octets.
public struct ThreadedMessage: Hashable, Sendable {
    /// Of its own identifier.
    public var own: UInt64
    /// Of the identifiers that it goes back to, the oldest first.
    public var earlier: [UInt64]
    /// As it is part of a name.
    public var subject: [UInt8]
    /// Nothing more is to be learnt of it.
    public var isWhole: Bool

    init(own: UInt64, earlier: [UInt64], subject: [UInt8], isWhole: Bool) {
        self.own = own
        self.earlier = earlier
        self.subject = subject
        self.isWhole = isWhole
    }

    /// - Parameters:
    ///   - own: Message-ID without its brackets.
    ///   - earlier: those of References and In-Reply-To, the oldest first.
    ///   - subject: decoded.
    public init(own: [UInt8], earlier: [[UInt8]], subject: String, isWhole: Bool) {
        self.init(
            own: Self.number(of: own), earlier: earlier.map(Self.number),
            subject: ThreadName.subject(BaseSubject.of(subject)), isWhole: isWhole)
    }

    /// The same on every machine. Who wants two identifiers to have one number can as well send a message that names both.
    static func number(of identifier: [UInt8]) -> UInt64 { ViewInodes.hash(identifier) }
}
