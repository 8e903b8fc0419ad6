/// All that the server's threads share; guarded by one ``Monitor``.
struct ServerState {
    var configuration: ServerConfiguration
    var mail: Mail
    /// The connections that are open, by number.
    var connections: [Int: LiveConnection] = [:]
    var observation = Observation()
    var rules: [InstalledRule] = []
    var lastRule = 0

    init(_ configuration: ServerConfiguration) {
        self.configuration = configuration
        mail = Mail(
            separator: configuration.separator?.asciiValue, firstUIDValidity: configuration.firstUIDValidity,
            firstUID: configuration.firstUID, isGmail: configuration.offers("X-GM-EXT-1"))
    }

    /// The rules that fire now; each is counted.
    mutating func firing(
        at point: Misbehaviour.Point, command: String, text: String, connection: Int
    ) -> [(id: Misbehaviour.ID, action: Misbehaviour.Action)] {
        var result: [(Misbehaviour.ID, Misbehaviour.Action)] = []
        for index in rules.indices {
            if rules[index].fires(at: point, command: command, text: text, connection: connection) {
                result.append((rules[index].id, rules[index].rule.action))
            }
        }
        return result
    }

    func offers(_ capability: String) -> Bool { configuration.offers(capability) }
}

/// What other threads know of a connection. Its descriptors are open as long as it is listed.
struct LiveConnection {
    let descriptor: Int32
    /// The writing end of the pipe that wakes the connection's thread.
    let waker: Int32
    var isCut = false
    var isAuthenticated = false
    var isIdling = false
    var notifies = false
    /// The folder's id.
    var selected: Int?
    /// Raw bytes to send as soon as no answer is being sent.
    var outbox: [UInt8] = []
}
