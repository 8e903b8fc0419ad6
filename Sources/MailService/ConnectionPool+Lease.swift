internal import IMAPClient
internal import MailModel
internal import MailPool

/// What the pool hands out, and what it tells.
extension ConnectionPool {
    /// A connection in somebody's hands, until `release` or `discard`.
    final class Lease: Sendable {
        let connection: IMAPConnection
        let number: ConnectionNumber
        /// What the connection had selected when it was leased.
        let selected: SelectedFolder?
        /// Somebody had it before: it may have ended since without anybody having noticed.
        let isUsed: Bool
        init(connection: IMAPConnection, _ grant: LeaseGrant) {
            self.connection = connection
            number = grant.connection
            selected = grant.selected
            isUsed = grant.isUsed
        }

        /// Whether the connection had been given up by the server before it was asked: Dovecot says BYE to whoever has a folder
        /// selected that is renamed or deleted. Another one may well answer. A new connection is never stale, so trying again ends.
        func isStale(_ error: any Error) -> Bool {
            if isUsed, case .disconnected? = error as? IMAPClientError { true } else { false }
        }
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

extension ConnectionPool {
    /// Gives a connection back over which something failed: it is let go of where the failure is its own.
    ///
    /// - Parameter selected: what is selected on it, where that is known still.
    func release(_ lease: Lease, after error: any Error, selected: SelectedFolder? = nil) {
        if error is IMAPClientError {
            discard(lease, after: error)
        } else {
            release(lease, selected: selected)
        }
    }
}
