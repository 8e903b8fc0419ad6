internal import Logging
internal import MailStore
internal import Synchronization

/// What was learnt of whether this server keeps what it is given as it was given; remembered over restarts.
final class ServerTrust: Sendable {
    /// Whether what this server's COPY makes is what was to be copied (`ServiceQuirk.copiesNothing`).
    enum Copies: String {
        case unknown, trusted, distrusted
    }

    private struct State {
        var copies = Copies.unknown
        var changesUploads = false
    }

    private let state: Mutex<State>
    private let store: MailStore
    private let logger: Logger

    private static let copiesKey = "copies"
    private static let changesUploadsKey = "uploads.changed"

    /// What the store remembers.
    ///
    /// - Throws: `MailStoreError`.
    init(store: MailStore, logger: Logger) throws {
        self.store = store
        self.logger = logger
        state = Mutex(
            State(
                copies: try store.setting(Self.copiesKey).flatMap(Copies.init(rawValue:)) ?? .unknown,
                changesUploads: try store.setting(Self.changesUploadsKey) != nil))
    }

    var copies: Copies { state.withLock { $0.copies } }

    /// Whether the server changes what it stores (HAZARD 38).
    var changesUploads: Bool { state.withLock { $0.changesUploads } }

    func learn(_ copies: Copies) {
        let isNew = state.withLock { state in
            defer { state.copies = copies }
            return state.copies != copies
        }
        if isNew { remember(copies.rawValue, as: Self.copiesKey) }
    }

    func learnChangedUpload() {
        let isNew = state.withLock { state in
            defer { state.changesUploads = true }
            return !state.changesUploads
        }
        if isNew { remember("yes", as: Self.changesUploadsKey) }
    }

    /// What cannot be written down is true for this run all the same.
    private func remember(_ value: String, as key: String) {
        do {
            try store.setSetting(key, value)
        } catch {
            logger.warning("cannot remember what this server does (\(key)): \(error)")
        }
    }
}
