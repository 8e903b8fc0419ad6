import IMAPCodec
import IMAPProtocol
import Logging
import NIOCore
import NIOEmbedded

@testable import IMAPClient

/// One session of the client, all of it but the socket and the calls of `IMAPConnection` that hand on to the driver. What is behind the
/// first line of an input is what the server says, whatever it hears; the line is a `ClientProgram`.
///
/// The connection is driven on this thread, line after line; after each it has done all that it can before the next comes. No time passes
/// but where the program says so, and so a run ends, or somebody waits for what never comes: that is a finding.
struct ClientRun {
    /// Seconds in which a thread that reads a disk, derives a key or asks for credentials has done so.
    private static let patience = 30

    private let loop = DrivenLoop()
    private let channel = EmbeddedChannel()
    private let ledger = ClientLedger()
    private let inbox = Inbox()
    private let opened = OnceResult<Void>()
    private let settled = OnceResult<Void>()
    private let literals: ClientLiterals
    private let driver: ConnectionDriver
    private var program: ClientProgram

    /// Inputs up to this length are said octet by octet as well.
    private static let short = 400

    static func findings(in input: [UInt8]) -> [String] {
        let end = input.firstIndex(of: 0x0A) ?? input.endIndex
        let said = input[end...].dropFirst()
        var program = ClientProgram(input[..<end])
        let run = ClientRun(program, saying: said)
        var findings = run.ledger.findings
        // What a read expands to has a bound, which is another one for each octet.
        guard program.pieces == .lines, !program.compress, said.count <= short else { return findings }
        program.pieces = .octets
        let again = ClientRun(program, saying: said)
        findings += again.ledger.findings
        let (whole, cut) = (run.ledger.transcript, again.ledger.transcript)
        if whole != cut { findings.append("other answers octet by octet: \(whole), \(cut)") }
        return findings
    }

    private init(_ program: ClientProgram, saying octets: ArraySlice<UInt8>) {
        self.program = program
        literals = ClientLiterals(ledger, holdsUp: program.holdsUp)
        let credentials = program.credentials
        var limits = Limits()
        limits.response = 16 << 10
        limits.inlineLiteral = 64
        limits.literal = 1 << 20
        let configuration = ClientConfiguration(
            endpoint: Endpoint(host: "imap.example.org", port: 993, security: program.security), user: program.user,
            credentials: FixedCredentials { credentials }, compress: program.compress, limits: limits,
            logger: Logger(label: "fuzz") { _ in Unread() })
        let ledger = ledger
        driver = ConnectionDriver(
            configuration: configuration, tlsContext: program.security == .none ? nil : Self.tls,
            nonce: Array("rOprNGfwEbeRWgbNEkqO".utf8), eventLoop: loop, facts: SessionFacts(), inbox: inbox,
            opened: opened, settled: settled, unsolicited: { ledger.saw($0, by: "nobody") },
            closed: { ledger.ended($0) })
        say(octets)
    }

    private mutating func say(_ octets: ArraySlice<UInt8>) {
        ledger.owe { [opened] in try await opened.value() }
        ledger.owe { [settled] in try await settled.value() }
        if let address = Self.address { channel.connect(to: address, promise: nil) }
        do { try channel.pipeline.syncOperations.addHandler(driver) } catch { ledger.find("no handler: \(error)") }
        rest()
        var left = octets
        var isLineEnd = true
        while !left.isEmpty, !isClosed {
            if isLineEnd { advance() }
            let piece = takePiece(of: &left)
            isLineEnd = piece.last == 0x0A
            hear(piece)
        }
        advance()
        end()
    }

    /// Its end is told to those only who were told that it is open.
    private var didOpen: Bool { ledger.outcome(1) == "()" }
    private var isClosed: Bool { if case .closed = driver.phase { true } else { false } }

    // MARK: - The server's side

    private func takePiece(of left: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let end =
            switch program.pieces {
            case .lines: left.firstIndex(of: 0x0A).map { $0 + 1 } ?? left.endIndex
            case .octets: left.startIndex + 1
            case .whole: left.endIndex
            }
        defer { left = left[end...] }
        return left[..<end]
    }

    private func hear(_ piece: ArraySlice<UInt8>) {
        // Where the channel has been closed there is nobody to hear it.
        guard channel.isActive else { return }
        _ = try? channel.writeInbound(channel.allocator.buffer(bytes: piece))
        rest()
    }

    // MARK: - This side

    /// Does what the program wishes, as far as it does not wait.
    private mutating func advance() {
        while case .open = driver.phase, driver.commands.values.allSatisfy(\.isSettling), driver.held.isEmpty {
            var isAlone = false
            while !isAlone {
                guard let next = program.next() else { return }
                if case .line = next.step { return }
                take(next.step)
                isAlone = next.isAlone
            }
            rest()
        }
    }

    private func take(_ step: ClientProgram.Step) {
        switch step {
        case .say(let command):
            let result = OnceResult<StatusResponse>()
            let number = ledger.owe { try await result.value() }
            var contents: [AppendSource] = []
            if case .append(_, let messages) = command, let upload = Self.upload {
                contents = messages.map { _ in upload }
            }
            ask(
                .submit(
                    .init(
                        command: command, literals: literals,
                        receive: { [ledger] incoming in
                            ledger.saw(incoming, by: "\(number)")
                            return .taken
                        }, contents: contents, result: result)))
        case .startIdle: ask(.startIdle)
        case .stopIdle:
            let ended = OnceResult<Void>()
            ledger.owe { try await ended.value() }
            ask(.stopIdle(ended))
        case .passTime:
            loop.passTime()
            rest()
        case .close: ask(.close)
        case .line: break
        }
    }

    private func ask(_ request: Inbox.Request) {
        if inbox.add(request) { driver.drainInbox() }
    }

    /// Runs until nothing is to be done but to hear the server.
    private func rest() {
        while true {
            channel.embeddedEventLoop.run()
            loop.run()
            guard awaitsOthers else { break }
            if !loop.wait(seconds: Self.patience) { return ledger.find("what another thread does has no end") }
        }
        while (try? channel.readOutbound(as: ByteBuffer.self)) != nil {}
    }

    /// Whether another thread has something to do for the connection.
    private var awaitsOthers: Bool {
        switch driver.phase {
        case .opening(let opening): !opening.isAnswerDue && !driver.wire.isHandshaking
        case .open: driver.upload?.isStarved == true
        case .closed: false
        }
    }

    // MARK: - The end

    private func end() {
        if program.closesItself { ask(.close) } else { channel.close(promise: nil) }
        rest()
        if !isClosed { ledger.find("it is open after its end") }
        loop.dropTimers()
        rest()
        if !ledger.isSettled(seconds: Self.patience) { ledger.find("somebody waits who was not told of the end") }
        if ledger.endings != (didOpen ? 1 : 0) { ledger.find("\(ledger.endings) ends told") }
        if ledger.openSinks != 0 { ledger.find("\(ledger.openSinks) literals without an end") }
        _ = try? channel.finish(acceptAlreadyClosed: true)
    }
}
