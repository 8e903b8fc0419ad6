import IMAPClient
import IMAPCodec
import Synchronization

/// What a connection owes, and what it has told.
final class ClientLedger: Sendable {
    private struct State {
        var owed = 0
        /// What came of what is owed, by when it was asked for.
        var outcomes: [Int: String] = [:]
        var seen: [String] = []
        var endings: [String] = []
        var sinks = 0
        var findings: [String] = []
    }

    private let state = Mutex(State())
    private let answered = Given()

    var findings: [String] { state.withLock { $0.findings } }
    /// All that was told, in an order that is the same each time.
    var transcript: [String] {
        state.withLock { state in
            state.seen + state.outcomes.sorted { $0.key < $1.key }.map(\.value) + state.endings
        }
    }
    var endings: Int { state.withLock { $0.endings.count } }
    /// Sinks that were told neither that all has come nor that no more will.
    var openSinks: Int { state.withLock { $0.sinks } }

    func find(_ finding: String) { state.withLock { $0.findings.append(finding) } }

    func outcome(_ number: Int) -> String? { state.withLock { $0.outcomes[number] } }

    /// A result is owed until this side has it. Returns its number, from 1 on.
    @discardableResult
    func owe<T: Sendable>(_ result: @escaping @Sendable () async throws -> T) -> Int {
        let number = state.withLock { state in
            state.owed += 1
            return state.owed
        }
        Task {
            let outcome: String
            do { outcome = "\(try await result())" } catch { outcome = "\(error)" }
            state.withLock { $0.outcomes[number] = outcome }
            answered.signal()
        }
        return number
    }

    /// Whether all that is owed is given within these seconds.
    func isSettled(seconds: Int) -> Bool {
        answered.wait(seconds: seconds) { state.withLock { $0.outcomes.count == $0.owed } }
    }

    func ended(_ error: IMAPClientError?) {
        state.withLock { $0.endings.append(error.map { "\($0)" } ?? "as this side wished") }
    }

    /// - Parameter taker: whose the response was.
    func saw(_ incoming: Incoming, by taker: String) {
        if endings > 0 { find("a response after the end") }
        if case .fetch(let fetch) = incoming.response, let section = fetch.section {
            incoming.withBytes(of: section.content) { bytes in
                if bytes.count > incoming.frame.bytes.count { find("a section beyond its frame") }
            }
        }
        note("\(taker): \(String(decoding: incoming.frame.bytes, as: UTF8.self))")
    }

    fileprivate func note(_ event: String) { state.withLock { $0.seen.append(event) } }
    fileprivate func opened() { state.withLock { $0.sinks += 1 } }
    fileprivate func closed() { state.withLock { $0.sinks -= 1 } }
}

/// Takes every literal, and looks whether it gets what was announced.
final class ClientLiterals: LiteralReceiver {
    private let ledger: ClientLedger
    private let holdsUp: Bool

    init(_ ledger: ClientLedger, holdsUp: Bool) {
        self.ledger = ledger
        self.holdsUp = holdsUp
    }

    func begin(_ literal: StreamedLiteral) -> (any StreamedSink)? {
        ledger.opened()
        return Sink(literal.octets, ledger, holdsUp: holdsUp)
    }

    private final class Sink: StreamedSink {
        private let left: Mutex<UInt64?>
        private let octets = Mutex<[UInt8]>([])
        private let ledger: ClientLedger
        private let holdsUp: Bool

        init(_ octets: UInt64, _ ledger: ClientLedger, holdsUp: Bool) {
            left = Mutex(octets)
            self.ledger = ledger
            self.holdsUp = holdsUp
        }

        func write(_ bytes: UnsafeRawBufferPointer) {
            left.withLock { left in
                guard let before = left, bytes.count > 0, UInt64(bytes.count) <= before else {
                    return ledger.find(
                        "\(bytes.count) octets for a literal with \(left.map { "\($0)" } ?? "none") left")
                }
                left = before - UInt64(bytes.count)
            }
            octets.withLock { $0 += bytes }
        }

        func finish() {
            ledger.note("literal: \(String(decoding: octets.withLock { $0 }, as: UTF8.self))")
            end { if $0 != 0 { "a literal that ends with \($0) octets left" } else { nil } }
        }

        func abort() { end { _ in nil } }

        func holdsUp(_ resume: @escaping @Sendable () -> Void) -> Bool {
            if holdsUp { resume() }
            return holdsUp
        }

        private func end(_ judge: (UInt64) -> String?) {
            left.withLock { left in
                if let rest = left { judge(rest).map(ledger.find) } else { ledger.find("a literal that ends twice") }
                left = nil
            }
            ledger.closed()
        }
    }
}
