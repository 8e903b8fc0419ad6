import Foundation
import Glibc

/// The connection is over; nothing more can be read or sent.
struct Disconnected: Error {}

/// One client's connection; lives on a thread of its own and never leaves it.
final class Connection {
    let number: Int
    let monitor: Monitor<ServerState>
    let socket: Socket
    var session: Session
    var isIdling = false
    /// The connection ends with a TCP reset.
    var resets = false

    /// Takes the descriptor over and serves it until the client, the server or a rule ends it.
    static func start(_ descriptor: Int32, _ monitor: Monitor<ServerState>) {
        guard let pipe = WakePipe() else {
            close(descriptor)
            return
        }
        let (number, longestLine) = monitor.withLock { state in
            state.observation.accepted += 1
            state.connections[state.observation.accepted] = LiveConnection(descriptor: descriptor, waker: pipe.writeEnd)
            return (state.observation.accepted, state.configuration.longestLine)
        }
        Thread.detachNewThread {
            let socket = Socket(descriptor: descriptor, wakeDescriptor: pipe.readEnd, longestLine: longestLine)
            let connection = Connection(number, monitor, socket)
            connection.run()
            monitor.withLock { state in
                state.connections[number] = nil
                state.observation.bytesReceived += socket.bytesReceived
                // A child of the test's process may have inherited the descriptor: closing alone would not end it.
                if !connection.resets { shutdown(descriptor, Int32(SHUT_RDWR)) }
                close(descriptor)
                close(pipe.readEnd)
                close(pipe.writeEnd)
            }
        }
    }

    private init(_ number: Int, _ monitor: Monitor<ServerState>, _ socket: Socket) {
        self.number = number
        self.monitor = monitor
        self.socket = socket
        session = Session(connection: number)
    }

    private func run() {
        do throws(Disconnected) {
            try greet()
            while true {
                guard let pieces = try readCommand() else { continue }
                try handle(pieces)
            }
        } catch {}
    }

    private func greet() throws(Disconnected) {
        let configuration = monitor.withLock(\.configuration)
        session.isAuthenticated = configuration.greetsAuthenticated
        let list =
            configuration.greetsAuthenticated ? configuration.capabilities : configuration.capabilitiesBeforeLogin
        let code = configuration.tellsCapabilities ? "[CAPABILITY \(list.joined(separator: " "))] " : ""
        var answer = Answer(command: "")
        answer.add("\(configuration.greetsAuthenticated ? "PREAUTH" : "OK") \(code)InMemoryIMAP ready")
        monitor.withLock { publish(&$0) }
        try deliver(answer, at: .greeting)
    }

    /// Reads a line; news and raw bytes of the test go out meanwhile.
    private func readLine(pushing: Bool) throws(Disconnected) -> [UInt8] {
        while true {
            if let line = try socket.takeLine() {
                record(.client, String(decoding: line, as: UTF8.self))
                return line
            }
            if try socket.waitForInput() == .woken {
                try sendNews(pushing: pushing)
            }
        }
    }

    private func sendNews(pushing: Bool) throws(Disconnected) {
        let (isCut, raw, answer) = monitor.withLock { state -> (Bool, [UInt8], Answer?) in
            let raw = state.connections[number]?.outbox ?? []
            state.connections[number]?.outbox = []
            let answer = pushing ? session.push(&state, idling: isIdling) : nil
            publish(&state)
            return (state.connections[number]?.isCut ?? true, raw, answer)
        }
        if isCut { throw Disconnected() }
        if !raw.isEmpty {
            record(.server, Wire.abbreviated(raw))
            try send(raw)
        }
        if let answer { try deliver(answer, at: .push) }
    }

    /// Shows the session's state to the test.
    private func publish(_ state: inout ServerState) {
        state.connections[number]?.isAuthenticated = session.isAuthenticated
        state.connections[number]?.isIdling = isIdling
        state.connections[number]?.selected = session.selected?.folder
        state.connections[number]?.notifies = session.notification != nil
    }

    // MARK: Commands

    /// - Returns: nil where the command was answered before it was complete.
    private func readCommand() throws(Disconnected) -> [Piece]? {
        var pieces: [Piece] = []
        var discarded = false
        while true {
            let line = try readLine(pushing: pieces.isEmpty)
            guard let literal = LiteralAnnouncement(line) else {
                pieces.append(.text(line))
                if discarded {
                    try refuse(pieces, "NO [TOOBIG] Literal too large")
                    return nil
                }
                return pieces
            }
            pieces.append(.text([UInt8](line.dropLast(literal.suffixLength))))
            let configuration = monitor.withLock(\.configuration)
            let authenticated = session.isAuthenticated
            let isTooBig = literal.length > configuration.largestMessage
            if literal.isSynchronising {
                if isTooBig {
                    try refuse(pieces, "NO [TOOBIG] Literal too large")
                    return nil
                }
                guard try invite(pieces, "Go ahead") else { return nil }
            } else {
                let plus = configuration.offers("LITERAL+", authenticated: authenticated)
                let minus = configuration.offers("LITERAL-", authenticated: authenticated)
                guard plus || (minus && literal.length <= 4096) else {
                    var answer = Answer(command: "")
                    answer.add("BYE Non-synchronising literal not allowed")
                    answer.closesAfterwards = true
                    try deliver(answer, at: .answer)
                    return nil
                }
            }
            if isTooBig {
                discarded = true
                try socket.discard(literal.length)
                pieces.append(.literal([], binary: literal.isBinary))
            } else {
                pieces.append(.literal(try socket.take(literal.length), binary: literal.isBinary))
            }
        }
    }

    private func refuse(_ pieces: [Piece], _ text: String) throws(Disconnected) {
        let head = CommandHead(pieces)
        count(head?.name ?? "")
        var answer = Answer(tag: head?.tag ?? "*", command: head?.name ?? "", commandText: Command.abbreviated(pieces))
        answer.completion = text
        try deliver(answer, at: .answer)
    }

    /// Sends `+` unless a rule prevents it.
    ///
    /// - Returns: whether the client may go on; otherwise the command is answered.
    func invite(_ pieces: [Piece], _ text: String) throws(Disconnected) -> Bool {
        let head = CommandHead(pieces)
        let commandText = Command.abbreviated(pieces)
        let firing = monitor.withLock {
            $0.firing(at: .continuation, command: head?.name ?? "", text: commandText, connection: number)
        }
        for (id, action) in firing {
            switch action {
            case .close, .closeAfter: throw Disconnected()
            case .reset: try reset()
            case .stall: try stall(id)
            case .silence: return true
            case .refuse(let text):
                try refuse(pieces, text)
                return false
            case .replace(let bytes):
                try sendRaw(bytes, tag: head?.tag ?? "")
                return true
            case .endless(let first, let then): try sendEndlessly(first, then)
            case .alter, .pieces, .drip: break
            }
        }
        record(.server, "+ \(text)")
        try send([UInt8]("+ \(text)\r\n".utf8))
        return true
    }

    private func count(_ name: String) {
        monitor.withLock { $0.observation.commands[name, default: 0] += 1 }
    }

    private func handle(_ pieces: [Piece]) throws(Disconnected) {
        guard let head = CommandHead(pieces) else {
            var answer = Answer(command: "", commandText: Command.abbreviated(pieces))
            answer.add("BAD Invalid tag or command")
            return try deliver(answer, at: .answer)
        }
        count(head.name)
        var answer = Answer(tag: head.tag, command: head.name, commandText: Command.abbreviated(pieces))
        let firing = monitor.withLock {
            $0.firing(at: .received, command: head.name, text: answer.commandText, connection: number)
        }
        for (id, action) in firing {
            switch action {
            case .close, .closeAfter: throw Disconnected()
            case .reset: try reset()
            case .stall, .drip: try stall(id)
            case .silence: return
            case .refuse(let text):
                answer.completion = text
                return try deliver(answer, at: .answer)
            case .replace(let bytes): return try sendRaw(bytes, tag: head.tag)
            case .endless(let first, let then): try sendEndlessly(first, then)
            case .alter, .pieces: break
            }
        }
        let command: Command
        do throws(Refusal) {
            command = try head.command(pieces)
        } catch {
            answer.completion = error.text
            return try deliver(answer, at: .answer)
        }
        switch command.name {
        case "LOGOUT":
            answer.add("BYE Logging out")
            answer.completion = "OK LOGOUT completed"
            answer.closesAfterwards = true
        case "AUTHENTICATE": try authenticate(command, pieces, &answer)
        case "IDLE": try idle(command, pieces, &answer)
        default: execute(command, &answer)
        }
        try deliver(answer, at: .answer)
    }

    private func execute(_ command: Command, _ answer: inout Answer) {
        monitor.withLock { state in
            let revision = state.mail.revision
            session.execute(command, &state, &answer)
            publish(&state)
            if state.mail.revision != revision { state.wakeAll() }
        }
    }

    private func idle(_ command: Command, _ pieces: [Piece], _ answer: inout Answer) throws(Disconnected) {
        let offered = monitor.withLock { $0.offers("IDLE") }
        guard session.isAuthenticated, offered, command.tokens.isEmpty else {
            answer.completion = "BAD IDLE is not possible here"
            return
        }
        // Before the "+": whoever sees it may rely on being told.
        monitor.withLock { state in
            isIdling = true
            publish(&state)
        }
        defer {
            monitor.withLock { state in
                isIdling = false
                publish(&state)
            }
        }
        guard try invite(pieces, "idling") else {
            answer.completion = nil
            return
        }
        try sendNews(pushing: true)
        let line = try readLine(pushing: true)
        let isDone = line.uppercasedASCII == [UInt8]("DONE".utf8)
        answer.completion = isDone ? "OK IDLE completed" : "BAD Expected DONE"
    }

    private func authenticate(
        _ command: Command, _ pieces: [Piece], _ answer: inout Answer
    ) throws(Disconnected) {
        var arguments = Arguments(command.tokens)
        guard !session.isAuthenticated, let name = try? arguments.atom().uppercased() else {
            answer.completion = "BAD AUTHENTICATE is not possible here"
            return
        }
        let (challenges, initialAllowed) = monitor.withLock { state in
            (
                Session.challenges(name, state),
                state.configuration.offers("SASL-IR", authenticated: false)
            )
        }
        guard var challenges else {
            answer.completion = "NO [CANNOT] Unknown mechanism"
            return
        }
        var responses: [[UInt8]] = []
        if case .atom(let text)? = arguments.next {
            guard initialAllowed, let response = Session.decode([UInt8](text.utf8)) else {
                answer.completion = "BAD No initial response here"
                return
            }
            responses.append(response)
            challenges.removeFirst()
        }
        for challenge in challenges {
            guard try invite(pieces, Data(challenge.utf8).base64EncodedString()) else {
                answer.completion = nil
                return
            }
            let line = try readLine(pushing: false)
            guard line != [UInt8(ascii: "*")], let response = Session.decode(line) else {
                answer.completion = "BAD Cancelled"
                return
            }
            responses.append(response)
        }
        monitor.withLock { state in
            session.authenticate(name, responses, &state, &answer)
            publish(&state)
        }
    }
}
