internal import IMAPClient
internal import IMAPCodec
internal import MailStore
internal import Synchronization

/// Takes the octets of a long literal to a file, or to memory where somebody waits and the cache cannot take them. Nothing is written on
/// the connection's event loop: pieces queue up for the threads that wait for disks.
final class BodySink: StreamedSink {
    typealias Body = (content: ReceivedBody.Content, octets: UInt64)

    private struct State {
        var pieces: [[UInt8]] = []
        var octets: UInt64 = 0
        var isWriting = false
        var isFinished = false
        var isAborted = false
        /// Told when it is finished and all is written.
        var waiting: (@Sendable (Result<Body, any Error>) -> Void)?
    }

    /// Where the octets go; only one thread at a time has it.
    private struct Place {
        var isChosen = false
        var writer: BodyWriter?
        var anonymous: AnonymousFile?
        var error: ServiceError?
    }

    private let state = Mutex(State())
    private let place = Mutex(Place())
    private let store: MailStore
    private let queue: BodyQueue
    private let isAwaited: Bool

    /// - Parameter isAwaited: somebody waits for it; else it is not worth memory.
    init(store: MailStore, queue: BodyQueue, isAwaited: Bool) {
        self.store = store
        self.queue = queue
        self.isAwaited = isAwaited
    }

    // MARK: - On the event loop

    func write(_ bytes: UnsafeRawBufferPointer) {
        queue.came(bytes.count)
        let piece = [UInt8](bytes)
        let start = state.withLock { state in
            state.octets += UInt64(piece.count)
            state.pieces.append(piece)
            defer { state.isWriting = true }
            return !state.isWriting
        }
        if start { queue.run { self.writePieces() } }
    }

    func finish() { state.withLock { $0.isFinished = true } }

    func abort() {
        let start = state.withLock { state in
            state.isAborted = true
            defer { state.isWriting = true }
            return !state.isWriting
        }
        if start { queue.run { self.writePieces() } }
    }

    func holdsUp(_ resume: @escaping @Sendable () -> Void) -> Bool { queue.holdsUp(resume) }

    /// Calls `body` once, with the whole body or why there is none, when all of a finished literal is written: at once, or on the thread
    /// that writes.
    func whenWritten(_ body: @escaping @Sendable (Result<Body, any Error>) -> Void) {
        let isWritten = state.withLock { state in
            if state.isWriting { state.waiting = body }
            return !state.isWriting
        }
        if isWritten { body(result()) }
    }

    // MARK: - On a thread that may wait

    private func writePieces() {
        while true {
            let (pieces, isAborted, waiting) = state.withLock { state in
                defer { state.pieces = [] }
                let isDone = state.pieces.isEmpty || state.isAborted
                if isDone { state.isWriting = false }
                defer { if isDone { state.waiting = nil } }
                return (state.pieces, state.isAborted, isDone ? state.waiting : nil)
            }
            if isAborted { discard() }
            guard !isAborted, !pieces.isEmpty else {
                queue.went(pieces.reduce(0) { $0 + $1.count })
                waiting?(result())
                return
            }
            for piece in pieces {
                place.withLock { place in piece.withUnsafeBytes { write($0, to: &place) } }
                queue.went(piece.count)
            }
        }
    }

    private func write(_ bytes: UnsafeRawBufferPointer, to place: inout Place) {
        if !place.isChosen {
            place.isChosen = true
            do {
                place.writer = try store.beginBody()
            } catch {
                place.error = ServiceError(storing: error)
                place.anonymous = isAwaited ? AnonymousFile() : nil
            }
        }
        if let writer = place.writer {
            do {
                try writer.write(bytes)
            } catch {
                place.writer = nil
                place.error = ServiceError(storing: error)
                place.anonymous = isAwaited ? Self.copy(writer) : nil
                writer.abort()
                if let file = place.anonymous, !file.write(bytes) { place.anonymous = nil }
            }
        } else if let file = place.anonymous, !file.write(bytes) {
            place.anonymous = nil
        }
    }

    /// What was written before the failure.
    private static func copy(_ writer: BodyWriter) -> AnonymousFile? {
        guard let file = AnonymousFile() else { return nil }
        let size = Int(clamping: writer.size)
        let bytes = writer.prefix(size)
        return bytes.count == size && bytes.withUnsafeBytes { file.write($0) } ? file : nil
    }

    private func discard() {
        place.withLock { place in
            place.writer?.abort()
            place = Place(isChosen: true, error: .offline)
        }
    }

    private func result() -> Result<Body, any Error> {
        let (octets, isFinished) = state.withLock { ($0.octets, $0.isFinished && !$0.isAborted) }
        return place.withLock { place in
            guard isFinished else { return .failure(place.error ?? ServiceError.offline) }
            if let writer = place.writer { return .success((.file(writer), octets)) }
            let error = place.error ?? ServiceError.offline
            if let file = place.anonymous, file.size == octets { return .success((.anonymous(file, error), octets)) }
            return .failure(error)
        }
    }
}

/// Gives each long literal of a command a sink of its own.
struct BodyLiterals: LiteralReceiver {
    let store: MailStore
    let queue: BodyQueue
    let isAwaited: Bool

    func begin(_ literal: StreamedLiteral) -> (any StreamedSink)? {
        BodySink(store: store, queue: queue, isAwaited: isAwaited)
    }
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
