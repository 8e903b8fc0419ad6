import IMAPClient
import IMAPCodec
import Synchronization

/// What a connection owes, and what it has told.
final class ClientLedger: Sendable {
    private struct State {
        var owed = 0
        var endings = 0
        var sinks = 0
        var findings: [String] = []
    }

    private let state = Mutex(State())
    private let answered = Given()

    var findings: [String] { state.withLock { $0.findings } }
    var endings: Int { state.withLock { $0.endings } }
    /// Sinks that were told neither that all has come nor that no more will.
    var openSinks: Int { state.withLock { $0.sinks } }

    func find(_ finding: String) { state.withLock { $0.findings.append(finding) } }

    /// A result is owed until this side has it.
    func owe<T: Sendable>(_ result: @escaping @Sendable () async throws -> T) {
        state.withLock { $0.owed += 1 }
        Task {
            _ = try? await result()
            state.withLock { $0.owed -= 1 }
            answered.signal()
        }
    }

    /// Whether all that is owed is given within these seconds.
    func isSettled(seconds: Int) -> Bool {
        while state.withLock({ $0.owed }) > 0 {
            guard answered.wait(seconds: seconds, until: { self.state.withLock { $0.owed == 0 } }) else { return false }
        }
        return true
    }

    func ended() {
        state.withLock { state in
            state.endings += 1
            if state.endings > 1 { state.findings.append("the end was told \(state.endings) times") }
        }
    }

    func saw(_ incoming: Incoming) {
        guard case .untagged(.fetch(let fetch)) = Response.untagged(incoming.response), let section = fetch.section
        else { return saw() }
        incoming.withBytes(of: section.content) { bytes in
            if bytes.count > incoming.frame.bytes.count { find("a section beyond its frame") }
        }
        saw()
    }

    private func saw() {
        if endings > 0 { find("a response after the end") }
    }

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
        }

        func finish() { end { if $0 != 0 { "a literal that ends with \($0) octets left" } else { nil } } }

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
