/// What is asked of a running mount: one line of JSON.
struct ControlRequest: Codable, Sendable {
    enum Operation: String, Codable, Sendable {
        case status
        case sync
        case unmount
        case retry
        case discard
        case release
        case undelete
        /// Each new message from now on, until either side ends.
        case watch
        case search
    }

    var operation: Operation
    /// sync: which folders, by their paths in the mount; all without any.
    var folders: [String] = []
    /// sync: download every message.
    var bodies = false
    /// unmount: how long to wait for changes that the server does not have yet, in seconds.
    var patience: Int64 = 0
    /// retry, discard, release: which changes.
    var changes: [Int64] = []
    /// undelete: which messages; all without one.
    var pattern: String?
    /// search: what is looked for.
    var query: String?
    /// search: whether the server understands that is all that is asked; nothing is looked for.
    var explains: Bool?
}

/// What it answers: one line of JSON each, the last one with a result or an error.
enum ControlReply: Codable, Sendable {
    case progress(done: Int, total: Int)
    case status(MountStatus)
    /// sync: how many changes the server does not take now; how many need the name of a folder that goes later; of the folders asked for how many it refused, now or before, which are undone
    /// here, how many uploads failed, which are shown, and how many files were not seen whole and are not sent; how many deletions are held.
    case synchronised(waiting: Int, blocked: Int?, refused: Int?, failed: Int, interrupted: Int?, held: Int?)
    /// unmount: begins now; so many changes have not been answered by the server, so many need a name that is not free yet, so many
    /// deletions are held.
    case unmounting(waiting: Int, blocked: Int?, held: Int?)
    /// retry, discard, release: what was acted on.
    case changes([MountStatus.Failed])
    /// undelete: the paths that are back, those that are shown and that the server has still to hear of, and those of which it has nothing
    /// any more.
    case restored([String], waiting: [String]?, lost: [String]?)
    /// watch: a new message.
    case arrived(MailEvents.Arrival)
    /// search: paths in the mount, the newest first; a part of them.
    case found([String])
    /// search: that were all; of how many messages the text could not be looked at, and why.
    case searched(unsearched: Int, reason: String?)
    /// search: the query, and where it means nothing to this server.
    case meaningless(String)
    case failed(String)
}
