/// A line of the talk between a client and the server.
public struct TranscriptLine: Sendable, CustomStringConvertible {
    public enum Direction: Sendable { case client, server }
    /// From 1, in the order of acceptance.
    public let connection: Int
    public let direction: Direction
    /// Without CRLF; literals abbreviated to their length.
    public let text: String

    public var description: String { "\(connection) \(direction == .client ? "C" : "S"): \(text)" }
}

/// One BODY section that was sent.
public struct FetchedBody: Sendable, Equatable {
    public let connection: Int
    public let folder: String
    public let uid: UInt32
    /// What stands between the brackets, upper case, and where it is cut the place of the first octet: empty for the whole
    /// message.
    public let section: String
    /// Octets sent of it.
    public let octets: Int
}

/// What has happened on a server since it was made.
public struct Observation: Sendable {
    public internal(set) var transcript: [TranscriptLine] = []
    /// Commands by name (`UID` included), as they were received.
    public internal(set) var commands: [String: Int] = [:]
    public internal(set) var bodies: [FetchedBody] = []
    public internal(set) var bytesSent = 0
    public internal(set) var bytesReceived = 0
    /// Connections ever accepted.
    public internal(set) var accepted = 0
    /// Connections open now.
    public internal(set) var open = 0
    /// Sessions logged in now.
    public internal(set) var authenticated = 0
    /// Sessions in IDLE now, by the folder selected in each; nil for none.
    public internal(set) var idling: [String?] = []
    /// Sessions with NOTIFY in force now.
    public internal(set) var notifying = 0
    /// How often each rule has fired.
    public internal(set) var fired: [Misbehaviour.ID: Int] = [:]

    /// What clients sent, oldest first.
    public var clientLines: [String] { transcript.filter { $0.direction == .client }.map(\.text) }

    public func count(_ command: String) -> Int { commands[command.uppercased()] ?? 0 }

    /// Messages sent whole.
    public var fetchedBodies: Int { bodies.count { $0.section.isEmpty } }
}
