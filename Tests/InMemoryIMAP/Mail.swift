/// All folders of the one account.
struct Mail: Sendable {
    private(set) var folders: [Folder] = []
    private(set) var subscriptions: Set<Name> = []
    /// Moves with every change that anybody may have to be told.
    private(set) var revision = 0
    let separator: UInt8?
    /// Folders are labels.
    let isGmail: Bool
    /// By EMAILID.
    var folderlessLabels: [UInt64: [String]] = [:]
    private let firstUID: UInt32
    private var nextUIDValidity: UInt32
    private var nextFolderID = 1
    private var nextEmailID: UInt64 = 1

    init(separator: UInt8?, firstUIDValidity: UInt32, firstUID: UInt32, isGmail: Bool) {
        self.separator = separator
        self.isGmail = isGmail
        self.firstUID = firstUID
        nextUIDValidity = firstUIDValidity
        create(.inbox)
    }

    func index(of name: Name) -> Int? { folders.firstIndex { $0.name == name } }
    func index(id: Int) -> Int? { folders.firstIndex { $0.id == id } }
    func folder(_ name: Name) -> Folder? { index(of: name).map { folders[$0] } }
    func folder(id: Int) -> Folder? { index(id: id).map { folders[$0] } }

    func hasChildren(_ name: Name) -> Bool {
        folders.contains { $0.name.isBelow(name, separator: separator) }
    }

    /// Changes a folder in place; nil where there is none.
    @discardableResult
    mutating func change<Result>(id: Int, _ body: (inout Folder) -> Result) -> Result? {
        guard let index = index(id: id) else { return nil }
        revision += 1
        return body(&folders[index])
    }

    @discardableResult
    mutating func change<Result>(_ name: Name, _ body: (inout Folder) -> Result) -> Result? {
        guard let index = index(of: name) else { return nil }
        revision += 1
        return body(&folders[index])
    }

    mutating func subscribe(_ name: Name) {
        if subscriptions.insert(name).inserted { revision += 1 }
    }

    mutating func unsubscribe(_ name: Name) {
        if subscriptions.remove(name) != nil { revision += 1 }
    }

    mutating func newUIDValidity() -> UInt32 {
        defer { nextUIDValidity &+= 1 }
        return nextUIDValidity
    }

    mutating func newEmailID() -> UInt64 {
        defer { nextEmailID += 1 }
        return nextEmailID
    }

    /// Makes the folder and, as `\Noselect`, those missing above it; one that is there keeps its mail.
    mutating func create(_ name: Name, attributes: [String] = [], specialUse: String? = nil) {
        for ancestor in name.ancestors(separator: separator) where index(of: ancestor) == nil {
            insert(ancestor, attributes: ["\\Noselect"], specialUse: nil)
        }
        if let index = index(of: name) {
            revision += 1
            if !attributes.isEmpty { folders[index].attributes = attributes }
            folders[index].specialUse = specialUse ?? folders[index].specialUse
            guard !folders[index].isSelectable else { return }
            folders[index].isSelectable = true
            folders[index].attributes = attributes
            folders[index].uidValidity = newUIDValidity()
        } else {
            insert(name, attributes: attributes, specialUse: specialUse)
        }
    }

    private mutating func insert(_ name: Name, attributes: [String], specialUse: String?) {
        revision += 1
        folders.append(
            Folder(
                id: nextFolderID, name: name, attributes: attributes, specialUse: specialUse,
                uidValidity: newUIDValidity(), uidNext: firstUID))
        nextFolderID += 1
    }

    /// Removes the folder; one with folders below stays as `\Noselect`, without its mail.
    mutating func delete(_ name: Name) {
        guard let index = index(of: name) else { return }
        revision += 1
        let old = folders.remove(at: index)
        if hasChildren(name) { insert(old.name, attributes: ["\\Noselect"], specialUse: nil) }
    }

    /// Renames the folder and all below. Renaming INBOX moves its mail and leaves it empty.
    mutating func rename(_ name: Name, to new: Name) {
        revision += 1
        if name == .inbox {
            create(new)
            if let inbox = folder(.inbox), let target = folder(new) {
                move(inbox.uids, from: inbox.id, to: target.id)
            }
            return
        }
        for ancestor in new.ancestors(separator: separator) where index(of: ancestor) == nil {
            insert(ancestor, attributes: ["\\Noselect"], specialUse: nil)
        }
        for index in folders.indices {
            if folders[index].name == name {
                folders[index].name = new
            } else if folders[index].name.isBelow(name, separator: separator) {
                folders[index].name = Name(new.bytes + folders[index].name.bytes[name.bytes.count...])
            }
        }
    }

    /// - Returns: the UIDs of the originals that existed, and the new ones, in the same order.
    @discardableResult
    /// - Parameter empty: the copies hold nothing.
    mutating func copy(
        _ uids: [UInt32], from source: Int, to target: Int, empty: Bool = false
    ) -> (from: [UInt32], to: [UInt32]) {
        guard let folder = folder(id: source) else { return ([], []) }
        let copied = uids.compactMap { folder.message($0) }
        let present = copied.map { labelled($0.emailID, in: target) }
        let new = change(id: target) { folder in
            zip(copied, present).map { message, present in
                present
                    ?? folder.append(
                        empty ? [0x0A] : message.bytes, flags: message.flags, internalDate: message.internalDate,
                        emailID: message.emailID)
            }
        }
        label(new ?? [], in: target)
        return (copied.map(\.uid), new ?? [])
    }

    @discardableResult
    mutating func move(_ uids: [UInt32], from source: Int, to target: Int) -> (from: [UInt32], to: [UInt32]) {
        let moved = copy(uids, from: source, to: target)
        if source != target || !isGmail { change(id: source) { $0.expunge(Set(moved.from)) } }
        return moved
    }
}

extension Mail {
    /// Octets of all messages.
    var octets: Int {
        folders.reduce(0) { sum, folder in folder.messages.reduce(sum) { $0 + $1.bytes.count } }
    }
}
