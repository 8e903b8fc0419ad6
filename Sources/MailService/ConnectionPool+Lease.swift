internal import IMAPClient
internal import MailModel

/// What the pool hands out, and what it tells.
extension ConnectionPool {
    /// A connection in somebody's hands, until `release` or `discard`.
    final class Lease: Sendable {
        let connection: IMAPConnection
        let number: Int
        /// What the connection had selected when it was leased.
        let selected: SelectedFolder?
        /// Somebody had it before: it may have ended since without anybody having noticed.
        let isUsed: Bool
        init(connection: IMAPConnection, number: Int, selected: SelectedFolder?, isUsed: Bool) {
            self.connection = connection
            self.number = number
            self.selected = selected
            self.isUsed = isUsed
        }

        /// Whether the connection had been given up by the server before it was asked: Dovecot says BYE to whoever has a folder
        /// selected that is renamed or deleted. Another one may well answer. A new connection is never stale, so trying again ends.
        func isStale(_ error: any Error) -> Bool {
            if isUsed, case .disconnected? = error as? IMAPClientError { true } else { false }
        }
    }

    struct Worker {
        let connection: IMAPConnection
        /// What was selected last, as far as it is known.
        var selected: SelectedFolder?
        var lane: Lane?
        var isIdling = false
        /// Something was said of the selected folder while a reader had the connection.
        var hasHeard = false
        /// Its last synchronisation was followed by another one, for what was heard meanwhile.
        var isFollowed = false
        var isUsed = false
    }

    /// Hints and turns of fortune, told to the service.
    struct Events: Sendable {
        /// Something was said about a folder that nobody asked for.
        var folderMoved: @Sendable (FolderID) -> Void
        /// The only connection is back where it watches. What was about to be said of these folders when it left them is said no more.
        var foldersLeft: @Sendable (Set<FolderID>) -> Void
        var stateChanged: @Sendable (ConnectionState, String?) -> Void
        /// A watching connection is up; it is the receiver's until it closes. Where it is the only one, it is the receiver's until
        /// the lease is given back.
        var watching: @Sendable (IMAPConnection, Lease?) -> Void
        /// Untagged data on the watching connection.
        var heard: @Sendable (Incoming) -> Void
    }
}
