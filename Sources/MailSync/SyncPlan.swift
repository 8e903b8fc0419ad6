public import IMAPValue
public import MailModel

/// What a server offers for keeping in step.
public struct SyncSupport: Hashable, Sendable {
    /// ENABLED was answered, and no resync was found wrong so far (HAZARD 12).
    public var qresync: Bool
    public var condstore: Bool

    public init(qresync: Bool, condstore: Bool) {
        self.qresync = qresync
        self.condstore = condstore
    }
}

/// How to open a mailbox for synchronisation.
public enum SelectPlan: Hashable, Sendable {
    case plain
    case condstore
    case qresync(UIDValidity, ModSequence)

    /// - Parameter cursor: nil for a folder never listed.
    public init(cursor: FolderCursor?, support: SyncSupport) {
        if support.qresync, let cursor, cursor.isListed, let modSeq = cursor.highestModSeq {
            self = .qresync(cursor.uidValidity, modSeq)
        } else {
            self = support.condstore ? .condstore : .plain
        }
    }
}

/// How to bring a selected folder up to date.
public enum SyncPlan: Hashable, Sendable {
    /// The server's UIDs mean nothing next time: list anew, keep nothing.
    case transient
    /// Another epoch, or the first: everything known is void until it is matched again.
    case newEpoch(UIDValidity)
    /// Nothing can have changed.
    case upToDate
    /// SELECT itself brought flags and losses; only UIDs from here on are to be asked for.
    case arrivals(from: UID)
    /// Ask for flags changed since the mod-sequence, and for UIDs from here on.
    case changes(since: ModSequence, arrivalsFrom: UID)
    /// Compare UIDs and flags of the whole folder.
    case fullListing

    /// - Parameters:
    ///   - known: how many messages of the cursor's epoch are stored.
    ///   - select: how the mailbox was opened.
    public init(cursor: FolderCursor?, known: Int, selected: SelectedMailbox, select: SelectPlan) {
        guard let validity = selected.uidValidity, selected.uidsAreSticky else {
            self = .transient
            return
        }
        guard let cursor, cursor.uidValidity == validity else {
            self = .newEpoch(validity)
            return
        }
        guard cursor.isListed, let from = UID(cursor.uidNext) else {
            self = .fullListing
            return
        }
        guard let stored = cursor.highestModSeq, let current = selected.highestModSeq, current >= stored else {
            // No CONDSTORE here, or a mod-sequence that went back (a restored backup): only a listing tells (HAZARD 16).
            self = .fullListing
            return
        }
        let nothingArrived = selected.uidNext.map { $0.rawValue == cursor.uidNext } ?? false
        switch select {
        case .qresync:
            let remaining = known - selected.vanished.count
            self = nothingArrived && remaining == Int(selected.exists) ? .upToDate : .arrivals(from: from)
        case .condstore where current == stored && nothingArrived && known == Int(selected.exists):
            self = .upToDate
        case .condstore:
            self = .changes(since: stored, arrivalsFrom: from)
        case .plain:
            self = .fullListing
        }
    }
}
