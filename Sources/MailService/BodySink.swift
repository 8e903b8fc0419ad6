internal import IMAPClient
internal import IMAPCodec
internal import MailStore
internal import PosixFile
internal import Synchronization

/// Takes the octets of a long literal to a file as they arrive, or to memory where somebody waits and the cache cannot take them.
final class BodySink: StreamedSink {
    private struct State {
        var writer: BodyWriter?
        var anonymous: AnonymousFile?
        var octets: UInt64 = 0
        var error: ServiceError?
        var isFinished = false
    }

    private let state: Mutex<State>
    private let isAwaited: Bool

    /// - Parameter isAwaited: somebody waits for it; else it is not worth memory.
    init(store: MailStore, isAwaited: Bool) {
        self.isAwaited = isAwaited
        do {
            state = Mutex(State(writer: try store.beginBody()))
        } catch {
            state = Mutex(
                State(anonymous: isAwaited ? AnonymousFile() : nil, error: ServiceError(storing: error)))
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer) {
        state.withLock { state in
            state.octets += UInt64(bytes.count)
            if let writer = state.writer {
                do {
                    try writer.write(bytes)
                } catch {
                    state.writer = nil
                    state.error = ServiceError(storing: error)
                    state.anonymous = isAwaited ? Self.copy(writer) : nil
                    writer.abort()
                    if let file = state.anonymous, !file.write(bytes) { state.anonymous = nil }
                }
            } else if let file = state.anonymous, !file.write(bytes) {
                state.anonymous = nil
            }
        }
    }

    /// What was written before the failure.
    private static func copy(_ writer: BodyWriter) -> AnonymousFile? {
        guard let file = AnonymousFile() else { return nil }
        let size = Int(clamping: writer.size)
        let bytes = writer.prefix(size)
        return bytes.count == size && bytes.withUnsafeBytes { file.write($0) } ? file : nil
    }

    func finish() { state.withLock { $0.isFinished = true } }

    func abort() {
        state.withLock { state in
            state.writer?.abort()
            state.writer = nil
            state.anonymous = nil
            state.error = .offline
        }
    }

    /// The whole body; throws why there is none.
    func result() throws -> (content: ReceivedBody.Content, octets: UInt64) {
        try state.withLock { state in
            guard state.isFinished else { throw state.error ?? ServiceError.offline }
            if let writer = state.writer { return (.file(writer), state.octets) }
            let error = state.error ?? ServiceError.offline
            if let file = state.anonymous, file.size == state.octets { return (.anonymous(file, error), state.octets) }
            throw error
        }
    }
}

/// Gives each long literal of a command a sink of its own.
struct BodyLiterals: LiteralReceiver {
    let store: MailStore
    let isAwaited: Bool

    func begin(_ literal: StreamedLiteral) -> (any StreamedSink)? { BodySink(store: store, isAwaited: isAwaited) }
}

extension ServiceError {
    /// What a failure of the store means for somebody who reads.
    init(storing error: any Error) {
        if case MailStoreError.noSpace = error {
            self = .noSpace
        } else {
            self = .unavailable(String(describing: error))
        }
    }
}
