internal import BlockingWork
internal import Synchronization

/// Reads a message from its file ahead of the connection that sends it, on threads that may wait for a disk. The event loop only takes
/// what is there.
final class UploadReader: Sendable {
    enum Piece: Hashable, Sendable {
        case octets([UInt8])
        /// `ready` will be called.
        case notYet
        /// The file is shorter than the message was announced, or cannot be read.
        case missing
    }

    private struct State {
        /// Read and not taken.
        var pieces: ArraySlice<[UInt8]> = []
        /// Octets read so far.
        var position: UInt64 = 0
        var isReading = false
        var isAwaited = false
        var isMissing = false
        var isCancelled = false
    }

    /// Octets read at a time.
    static let pieceSize = 64 << 10
    /// So many pieces lie in memory at most; reading goes on when half of them are gone.
    static let mostPieces = 8

    private let state = Mutex(State())
    private let source: AppendSource
    private let octets: UInt64
    private let run: @Sendable (@escaping @Sendable () -> Void) -> Void
    private let ready: @Sendable () -> Void

    /// - Parameters:
    ///   - octets: of the message.
    ///   - run: runs what waits for the disk.
    ///   - ready: there is something to be taken, where there was not; called where `run` runs.
    init(
        _ source: AppendSource, octets: UInt64,
        run: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void = { BlockingExecutor.disk.run($0) },
        ready: @escaping @Sendable () -> Void
    ) {
        self.source = source
        self.octets = octets
        self.run = run
        self.ready = ready
    }

    /// The next octets, as many as are read at a time.
    func take() -> Piece {
        let (piece, begins) = state.withLock { state -> (Piece, Bool) in
            let piece: Piece
            if let first = state.pieces.popFirst() {
                piece = .octets(first)
            } else if state.isMissing {
                piece = .missing
            } else {
                state.isAwaited = true
                piece = .notYet
            }
            let begins =
                !state.isReading && !state.isMissing && !state.isCancelled && state.position < octets
                && state.pieces.count <= Self.mostPieces / 2
            if begins { state.isReading = true }
            return (piece, begins)
        }
        if begins { run { self.read() } }
        return piece
    }

    /// Nothing more is wanted.
    func cancel() {
        state.withLock { state in
            state.isCancelled = true
            state.pieces = []
        }
    }

    private func read() {
        while true {
            let position = state.withLock { state -> UInt64? in
                if state.isCancelled || state.isMissing || state.position >= octets
                    || state.pieces.count >= Self.mostPieces
                {
                    state.isReading = false
                    return nil
                }
                return state.position
            }
            guard let position else { return }
            let piece = source.read(at: position, count: Int(min(octets - position, UInt64(Self.pieceSize))))
            let isAwaited = state.withLock { state in
                if let piece {
                    state.position += UInt64(piece.count)
                    if !state.isCancelled { state.pieces.append(piece) }
                } else {
                    state.isMissing = true
                }
                defer { state.isAwaited = false }
                return state.isAwaited && !state.isCancelled
            }
            if isAwaited { ready() }
        }
    }
}
