/// A rule by which an ``InMemoryServer`` does something wrong.
///
/// A rule watches one point of the exchange; each time everything in it matches, it fires. The rules that match are
/// applied in the order of their installation; of several actions that are no `alter` the last counts.
///
/// ```swift
/// server.install(Misbehaviour(on: "UID MOVE", at: .answer, .close))           // moved, but the client does not know
/// server.install(Misbehaviour(on: "UID FETCH", containing: "BODY", .bodyNIL)) // expunged elsewhere
/// ```
public struct Misbehaviour: Sendable {
    public enum Point: Sendable {
        /// Instead of or around the greeting.
        case greeting
        /// A command was read, and not yet obeyed.
        case received
        /// The server would send `+` for a literal.
        case continuation
        /// A command was obeyed; its answer is about to be sent.
        case answer
        /// Data is about to be sent outside a command, in IDLE (after its `+`) or by NOTIFY.
        case push
    }

    public enum Action: Sendable {
        /// Closes the connection without a word.
        case close
        /// Closes it with a TCP reset.
        case reset
        /// Sends so many bytes of the answer and closes.
        case closeAfter(bytes: Int)
        /// Waits until ``InMemoryServer/release(_:)``, then goes on as if nothing had been.
        case stall
        /// Sends nothing; the next command is read. At `.received` the command is not obeyed.
        case silence
        /// Sends the tagged line with this text only, as `NO [LIMIT] later`. At `.received` the command is not
        /// obeyed; at `.continuation` the literal is not asked for.
        case refuse(String)
        /// Sends these bytes instead; `%TAG%` in them becomes the command's tag.
        case replace([UInt8])
        /// Changes the answer before it is sent. Without effect at `.received` and `.continuation`.
        case alter(@Sendable (inout Answer) -> Void)
        /// Sends the answer in writes of so many bytes.
        case pieces(of: Int)
        /// Sends only as many bytes as ``InMemoryServer/allow(_:bytes:)`` has allowed.
        case drip
        /// Sends the first bytes, then the second again and again until the client goes.
        case endless(first: [UInt8], then: [UInt8])
    }

    public var point: Point
    /// Upper case, `UID` included; nil is any.
    public var command: String?
    /// Must be in the command's text, in any case; nil is any.
    public var containing: String?
    /// The number of the connection, from 1 in the order of acceptance; nil is any.
    public var connection: Int?
    /// How many matches pass unharmed first.
    public var skip: Int
    /// How often the rule fires; nil is always.
    public var times: Int?
    public var action: Action

    public init(
        on command: String? = nil, containing: String? = nil, connection: Int? = nil, at point: Point = .answer,
        skip: Int = 0, times: Int? = nil, _ action: Action
    ) {
        self.point = point
        self.command = command?.uppercased()
        self.containing = containing
        self.connection = connection
        self.skip = skip
        self.times = times
        self.action = action
    }

    /// An installed rule.
    public struct ID: Hashable, Sendable {
        let number: Int
    }
}

/// An installed rule with what has become of it.
struct InstalledRule {
    let id: Misbehaviour.ID
    let rule: Misbehaviour
    var matches = 0
    var fired = 0
    var isReleased = false
    /// Bytes that a drip may still send.
    var allowance = 0

    mutating func fires(at point: Misbehaviour.Point, command: String, text: String, connection: Int) -> Bool {
        guard rule.point == point, rule.command == nil || rule.command == command,
            rule.connection == nil || rule.connection == connection
        else { return false }
        if let containing = rule.containing, !text.uppercased().contains(containing.uppercased()) { return false }
        matches += 1
        if matches <= rule.skip { return false }
        if let times = rule.times, fired >= times { return false }
        fired += 1
        return true
    }
}
