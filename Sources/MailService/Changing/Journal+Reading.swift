internal import IMAPValue
internal import MailModel
internal import MailStore
internal import MailSync
internal import PosixFile
internal import Synchronization

// What is read of messages as they are shown.
extension Journal {
    func loadListing(_ folder: FolderID, _ message: (MessageSummary) -> Void, done: () -> Void) throws {
        try loadListing(folder, stored: { message($0.summary) }, shown: message, done: done)
    }

    /// Hands over all messages of a folder as they are shown, ascending by id, on the store's writer; `done` runs there too, before any
    /// later change is published. Of the root: the files that are only here.
    ///
    /// - Parameters:
    ///   - stored: a message that is shown as the store has it.
    ///   - shown: another.
    func loadListing(
        _ folder: FolderID, expecting: (Int) -> Void = { _ in }, stored: (StoredRow) -> Void,
        shown: (MessageSummary) -> Void, done: () -> Void
    ) throws {
        // Nothing changes the view while the writer is here.
        var view: AccountView?
        var rest: ArraySlice<MessageSummary> = []
        func begin() -> AccountView {
            if let view { return view }
            let current = self.view.withLock { $0 }
            rest = current.messages(in: folder)[...]
            view = current
            return current
        }
        var isTransparent: Bool?
        try store.loadListing(folder, expecting: expecting) { row in
            if isTransparent == nil { isTransparent = begin().isTransparent }
            guard isTransparent == false else { return stored(row) }
            let view = begin()
            while let next = rest.first, next.id < row.id { shown(rest.removeFirst()) }
            if rest.first?.id == row.id {
                shown(rest.removeFirst())
            } else if !view.isWatched(row.id) {
                stored(row)
            } else if let message = view.shown(row.summary, row.id, in: folder) {
                shown(message)
            }
        } done: {
            _ = begin()
            for next in rest { shown(next) }
            done()
        }
    }

    /// The message whose octets this one has: that which it is to be copied from, or itself.
    func origin(of id: MessageID) -> MessageID {
        view.withLock { view in
            var id = id
            for _ in 0..<64 {
                guard view.files[id] == nil, view.truth(of: id) == nil,
                    case .copy(let source) = view.journal.placement(of: id)?.content
                else { break }
                id = source
            }
            return id
        }
    }

    /// The header fields that were listed, as received; of an upload those of its file.
    func header(of id: MessageID) throws -> [UInt8]? {
        let origin = origin(of: id)
        if let file = localFile(origin) {
            return file.purpose == .scratch ? nil : try FileDescriptor(reading: store.spoolPath(of: origin)).header()
        }
        return try store.header(of: origin)
    }
}
