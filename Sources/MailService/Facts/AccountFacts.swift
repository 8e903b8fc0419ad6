internal import IMAPCodec
internal import IMAPValue
internal import Logging
internal import MailModel
internal import MailStore
internal import MailSync
internal import Synchronization

/// What is known of the account and its server beside the mail itself: folders and their names, what was listed, what the server can do
/// and what it allows.
///
/// Its lock is never held across a call to anything else.
final class AccountFacts: Sendable {
    private struct State {
        var folders: [FolderID: Folder] = [:]
        var names: [[UInt8]: FolderID] = [:]
        /// As the last LIST had them, by name.
        var listedNames: Set<[UInt8]> = []
        /// Folders whose messages are known.
        var listed: Set<FolderID> = []
        var doubts: Set<FolderID> = []
        /// When they were doubted last.
        var lastDoubts: [FolderID: Int64] = [:]
        var progress: [FolderID: (done: Int, total: Int)] = [:]
        var errors: [FolderID: ServiceError] = [:]
        var used: [FolderID: Int64] = [:]
        var polled: [FolderID: PolledStatus] = [:]
        /// Folders that messages were brought to whose UID there is not known.
        var unmatched: Set<FolderID> = []
        /// Folders that the server opens for reading only.
        var readOnly: Set<FolderID> = []
        /// Folders whose UIDs do not outlast a session.
        var passing: Set<FolderID> = []
        /// What the server offered last; remembered over restarts.
        var capabilities = Capabilities.none
        var enabled: Set<String> = []
        var quota: Quota?
        /// Whose listing was loaded last; remembered over restarts.
        var lastListed: FolderID?
    }

    private let state: Mutex<State>
    private let store: MailStore
    private let logger: Logger
    let standing = Standing()
    let trust: ServerTrust

    private static let capabilitiesKey = "server.capabilities"
    private static let enabledKey = "server.enabled"
    private static let lastListedKey = "listing.last"

    /// What the store remembers.
    ///
    /// - Throws: `MailStoreError`.
    init(store: MailStore, logger: Logger) throws {
        self.store = store
        self.logger = logger
        trust = try ServerTrust(store: store, logger: logger)
        var state = State()
        for stored in try store.folders() {
            state.folders[stored.folder.id] = stored.folder
            state.names[stored.folder.rawName] = stored.folder.id
            if stored.cursor?.isListed == true { state.listed.insert(stored.folder.id) }
        }
        // What an earlier run left without a UID is looked for once.
        state.unmatched = Set(state.folders.keys)
        state.capabilities = Capabilities(
            (try store.setting(Self.capabilitiesKey) ?? "").split(separator: " ").map(String.init))
        if let known = try store.setting(Self.enabledKey) {
            state.enabled = Set(known.split(separator: " ").map(String.init))
        } else if state.folders.values.contains(where: { $0.rawName.contains { $0 >= 0x80 } }) {
            // With the cache the setting was lost: only where it is enabled are names told like this.
            state.enabled = [Self.utf8]
        }
        state.lastListed = try store.setting(Self.lastListedKey).flatMap { Int64($0) }.map(FolderID.init(rawValue:))
        self.state = Mutex(state)
    }

    private func remember(_ value: String, as key: String) {
        do {
            try store.setSetting(key, value)
        } catch {
            logger.info("cannot remember \(key): \(error)")
        }
    }

    // MARK: - Folders

    var folders: [Folder] { state.withLock { Array($0.folders.values) } }

    var foldersByID: [FolderID: Folder] { state.withLock { $0.folders } }

    func folder(_ id: FolderID) -> Folder? { state.withLock { $0.folders[id] } }

    func folder(named rawName: [UInt8]) -> FolderID? {
        state.withLock { state in
            state.names[rawName]
                ?? (ListedFolder.isInbox(rawName) ? state.names.first { ListedFolder.isInbox($0.key) }?.value : nil)
        }
    }

    /// Takes over folders as the server has them now.
    func take(folders put: [Folder], removed: [FolderID]) {
        state.withLock { state in
            for id in removed {
                if let old = state.folders.removeValue(forKey: id), state.names[old.rawName] == id {
                    state.names[old.rawName] = nil
                }
                state.listed.remove(id)
            }
            // First all old names, since one folder may take the name of another.
            for folder in put {
                if let old = state.folders[folder.id], state.names[old.rawName] == folder.id {
                    state.names[old.rawName] = nil
                }
            }
            for folder in put {
                state.folders[folder.id] = folder
                state.names[folder.rawName] = folder.id
            }
        }
    }

    // MARK: - Names on the server

    func tookList(of names: Set<[UInt8]>) { state.withLock { $0.listedNames = names } }

    /// Whether the last LIST had this name.
    func isListedByServer(_ rawName: [UInt8]) -> Bool { state.withLock { $0.listedNames.contains(rawName) } }

    /// Whether the last LIST had the folder under its name.
    func isListedByServer(_ id: FolderID) -> Bool {
        state.withLock { state in state.folders[id].map { state.listedNames.contains($0.rawName) } ?? false }
    }

    // MARK: - Listings

    /// Whether the folder's messages are known.
    /// A UID of the folder has become that of another message: its next listing takes none for what it was.
    ///
    /// - Parameter moment: seconds; within an hour that is done once, for it costs a listing of all.
    func doubt(_ id: FolderID, at moment: Int64) {
        state.withLock { state in
            if let last = state.lastDoubts[id], moment < last &+ 3_600, moment >= last { return }
            state.lastDoubts[id] = moment
            state.doubts.insert(id)
        }
    }

    func takeDoubt(_ id: FolderID) -> Bool { state.withLock { $0.doubts.remove(id) != nil } }

    func isListed(_ id: FolderID) -> Bool { state.withLock { $0.listed.contains(id) } }

    func listed(_ id: FolderID) {
        state.withLock { state in
            state.listed.insert(id)
            state.errors[id] = nil
            state.progress[id] = nil
        }
    }

    /// - Parameter error: what whoever wants the listing is told from now on; nil where it may be had another time.
    func failedToList(_ id: FolderID, _ error: ServiceError?) {
        state.withLock { state in
            state.progress[id] = nil
            if let error { state.errors[id] = error }
        }
    }

    func error(of id: FolderID) -> ServiceError? { state.withLock { $0.errors[id] } }

    func progressed(_ id: FolderID, done: Int, total: Int) {
        state.withLock { $0.progress[id] = done < total ? (done, total) : nil }
    }

    /// Messages known so far and in all, of listings that run.
    var progress: [FolderID: (done: Int, total: Int)] { state.withLock { $0.progress } }

    /// Somebody looked at a folder.
    ///
    /// - Parameter moment: seconds since 1970.
    func used(_ id: FolderID, at moment: Int64) { state.withLock { $0.used[id] = moment } }

    func used(since moment: Int64) -> [FolderID] {
        state.withLock { state in state.used.filter { $0.value >= moment }.map(\.key) }
    }

    var lastListed: FolderID? { state.withLock { $0.lastListed } }

    func loadedListing(of id: FolderID) {
        guard id != .root else { return }
        let isNew = state.withLock { state in
            defer { state.lastListed = id }
            return state.lastListed != id
        }
        if isNew { remember("\(id.rawValue)", as: Self.lastListedKey) }
    }

    /// What STATUS said of each folder last.
    var polled: [FolderID: PolledStatus] { state.withLock { $0.polled } }

    /// - Returns: what it said before.
    func polled(_ status: PolledStatus, of id: FolderID) -> PolledStatus? {
        state.withLock { $0.polled.updateValue(status, forKey: id) }
    }

    /// A message was brought to a folder, and its UID there is not known before the next listing.
    func expectsArrival(in id: FolderID) { _ = state.withLock { $0.unmatched.insert(id) } }

    /// Whether one was expected before the listing that is complete now.
    func wasArrivalExpected(in id: FolderID) -> Bool { state.withLock { $0.unmatched.remove(id) != nil } }

    // MARK: - Rights

    func isReadOnly(_ id: FolderID) -> Bool { state.withLock { $0.readOnly.contains(id) } }

    func foundReadOnly(_ id: FolderID) { _ = state.withLock { $0.readOnly.insert(id) } }

    /// Whether the UIDs of a folder do not outlast a session: nothing in it can be told apart for sure.
    func hasPassingUIDs(_ id: FolderID) -> Bool { state.withLock { $0.passing.contains(id) } }

    func hasPassingUIDs(_ id: FolderID, _ isSo: Bool) {
        state.withLock { state in
            if isSo { state.passing.insert(id) } else { state.passing.remove(id) }
        }
    }

    /// What could not be changed before may be another's decision by now.
    func forgetRights() { state.withLock { $0.readOnly = [] } }

    // MARK: - Server

    /// What the server offers decides how changes are made, also while there is no connection.
    var capabilities: Capabilities { state.withLock { $0.capabilities } }

    /// - Returns: whether names of folders go to the server in another form than they were thought to.
    func offered(_ capabilities: Capabilities, enabled: Set<String>) -> Bool {
        let (isNew, isEnabledAnew, isNamedAnew) = state.withLock { state in
            defer { (state.capabilities, state.enabled) = (capabilities, enabled) }
            return (
                state.capabilities != capabilities, state.enabled != enabled,
                state.enabled.contains(Self.utf8) != enabled.contains(Self.utf8)
            )
        }
        if isNew { remember(capabilities.names.sorted().joined(separator: " "), as: Self.capabilitiesKey) }
        if isEnabledAnew { remember(enabled.sorted().joined(separator: " "), as: Self.enabledKey) }
        return isNamedAnew
    }

    private static let utf8 = "UTF8=ACCEPT"

    /// Whether names go to the server as they are (RFC 6855); without a connection, as they did when there was one last.
    var usesUTF8: Bool { state.withLock { $0.enabled.contains(Self.utf8) } }

    /// How much the account may hold; nil where the server does not say.
    var quota: Quota? { state.withLock { $0.quota } }

    func told(_ quota: Quota?) { state.withLock { $0.quota = quota } }
}
