public import IMAPValue
public import MailModel

/// The tree that the mount shows: directories and the listings that are loaded. A value without IO; whoever holds it locks it.
///
/// Every change returns what the kernel must be told.
public struct MailTree: Sendable {
    private var directories: [InodeNumber: Directory] = [:]
    /// Which folder a message of a loaded listing is in.
    private var homes = MessageHomes()

    /// - Parameter now: nanoseconds since 1970, for the root's times.
    public init(now: Int64) {
        directories[.root] = Directory(inode: .root, parent: .root, name: [], folder: nil, modified: now)
    }

    // MARK: - Reading

    public func folder(_ inode: InodeNumber) -> Folder? { directories[inode]?.folder }

    public var folders: [Folder] { directories.values.compactMap(\.folder) }

    public func isDirectory(_ inode: InodeNumber) -> Bool { directories[inode] != nil }

    /// nil for what is not a directory of this tree. The root and folders without messages have one too: files of this mount only.
    public func listing(_ inode: InodeNumber) -> ListingState? { directories[inode]?.listing }

    /// Whether the server has something to say about the messages of a directory.
    public func holdsMessages(_ inode: InodeNumber) -> Bool { directories[inode]?.folder?.holdsMessages ?? false }

    public func parent(_ inode: InodeNumber) -> InodeNumber? { directories[inode]?.parent }

    /// The entry of that name; nil when there is none, or none loaded.
    public func lookup(_ parent: InodeNumber, _ name: UnsafeRawBufferPointer) -> Node? {
        guard let directory = directories[parent] else { return nil }
        if !directory.children.isEmpty, let child = directory.children[Array(name)] { return node(child) }
        return directory.table.find(name: name).map { .message($0, in: directory.id) }
    }

    public func node(_ inode: InodeNumber) -> Node? {
        if let directory = directories[inode] { return .directory(attributes(directory)) }
        guard let id = inode.message, let home = homes[id],
            let found = directories[InodeNumber(home)]?.table.attributes(of: id)
        else { return nil }
        return .message(found, in: home)
    }

    /// - Returns: the message and its folder, which the root is not.
    public func message(_ id: MessageID) -> (summary: MessageSummary, home: FolderID, folder: Folder?)? {
        guard let home = homes[id], let directory = directories[InodeNumber(home)],
            let summary = directory.table.summary(of: id)
        else { return nil }
        return (summary, home, directory.folder)
    }

    /// The components that lead to a directory or message from the root; nil for what has no name here.
    public func path(of inode: InodeNumber) -> [[UInt8]]? {
        var components: [[UInt8]] = []
        var place = inode
        if let id = inode.message {
            guard let (summary, home, _) = message(id), directories[InodeNumber(home)]?.table.isShown(id) == true else {
                return nil
            }
            components.append(summary.name)
            place = InodeNumber(home)
        }
        while place != .root {
            guard let directory = directories[place], directories[directory.parent]?.children[directory.name] == place
            else { return nil }
            components.append(directory.name)
            place = directory.parent
        }
        return components.reversed()
    }

    /// The entries behind a cookie in the order of the listing, each with the cookie that leads on from it, until `body` returns false.
    ///
    /// Cookies are permanent: names that come or go in between shift nobody else's.
    public func entries(
        of inode: InodeNumber, after cookie: UInt64,
        _ body: (_ name: UnsafeRawBufferPointer, _ node: Node, _ cookie: UInt64) -> Bool
    ) {
        guard let directory = directories[inode] else { return }
        for (place, name) in [".", ".."].enumerated() where cookie <= UInt64(place) {
            let shown = place == 0 ? directory : directories[directory.parent] ?? directory
            var text = name
            if !text.withUTF8({ body(UnsafeRawBufferPointer($0), .directory(attributes(shown)), UInt64(place + 1)) }) {
                return
            }
        }
        for child in directory.childOrder where child.rawValue + Self.cookieShift > cookie {
            guard let shown = directories[child] else { continue }
            let proceed = shown.name.withUnsafeBytes {
                body($0, .directory(attributes(shown)), child.rawValue + Self.cookieShift)
            }
            if !proceed { return }
        }
        let first = cookie > Self.cookieShift ? InodeNumber(rawValue: cookie - Self.cookieShift).message : nil
        directory.table.forEachShown(after: first ?? MessageID(rawValue: 0)) { name, attributes in
            body(name, .message(attributes, in: directory.id), InodeNumber(attributes.id).rawValue + Self.cookieShift)
        }
    }

    /// When each listing changed last, nanoseconds since 1970.
    public var listingTimes: [FolderID: Int64] {
        Dictionary(directories.values.map { ($0.id, $0.modified) }) { first, _ in first }
    }

    /// The messages and files of a directory with their flags, in the order of the listing.
    public func forEachFile(
        of inode: InodeNumber,
        _ body: (_ name: UnsafeRawBufferPointer, _ file: MessageAttributes, _ flags: Flags) -> Void
    ) {
        directories[inode]?.table.forEachShown(body)
    }

    /// Messages from one to another in the order of the listing; nil where the second does not come after the first.
    public func distance(from first: MessageID, to second: MessageID, in folder: FolderID) -> Int? {
        directories[InodeNumber(folder)]?.table.distance(from: first, to: second)
    }

    /// The shown messages behind one, until their sizes add up to so many octets; at least one where there is one.
    public func upcoming(after id: MessageID, octets: UInt64, in folder: FolderID) -> [MessageSummary] {
        guard let table = directories[InodeNumber(folder)]?.table else { return [] }
        var result: [MessageSummary] = []
        var sum: UInt64 = 0
        table.forEachShown(after: id) { _, attributes in
            guard sum < octets, let summary = table.summary(of: attributes.id) else { return false }
            sum = sum.addingReportingOverflow(attributes.size).partialValue
            result.append(summary)
            return true
        }
        return result
    }

    /// Cookies 1 and 2 are `.` and `..`.
    private static let cookieShift: UInt64 = 8

    private func attributes(_ directory: Directory) -> DirectoryAttributes {
        DirectoryAttributes(
            inode: directory.inode, linkCount: UInt32(clamping: 2 + directory.childOrder.count),
            listingChanged: directory.modified)
    }

    // MARK: - Folders

    /// Adds folders or changes what is known of them, outermost first. Afterwards each folder is where its own path says, those
    /// included that went along with a parent or waited for one, as soon as its parents are there.
    ///
    /// - Parameters:
    ///   - folders: the times in nanoseconds since 1970.
    ///   - isKnown: they were there when the directories above had their times, which stay as they are.
    public mutating func put(
        _ folders: [(folder: Folder, listingChanged: Int64)], isKnown: Bool = false
    ) -> [Invalidation] {
        var result = folders.flatMap { put($0.folder, listingChanged: $0.listingChanged, isKnown: isKnown) }
        guard !result.isEmpty, let moment = folders.map(\.listingChanged).max() else { return result }
        let known = directories.values.compactMap(\.folder).sorted { ($0.path.count, $0.id) < ($1.path.count, $1.id) }
        for folder in known where isMisplaced(folder) {
            result += put(folder, listingChanged: moment, isKnown: isKnown)
        }
        return result
    }

    /// Whether the place that a folder's path names is there, and not the folder's nor that of another one of this path.
    private func isMisplaced(_ folder: Folder) -> Bool {
        guard let name = folder.path.last, let parent = directory(at: folder.path.dropLast()) else { return false }
        guard let holder = directories[parent]?.children[name] else { return true }
        return holder != InodeNumber(folder.id) && directories[holder]?.folder?.path != folder.path
    }

    /// Adds a folder or changes what is known of it, its name and place included: what is below it goes along. As long as its
    /// parents are not there, a new one has no place. Where another folder has its place, that one loses it until it is put
    /// elsewhere or removed.
    mutating func put(_ folder: Folder, listingChanged: Int64, isKnown: Bool = false) -> [Invalidation] {
        let inode = InodeNumber(folder.id)
        guard let name = folder.path.last else { return [] }
        let old = directories[inode]
        var result: [Invalidation] = []
        if let old {
            directories[inode]?.folder = folder
            if folder.holdsMessages, old.folder?.holdsMessages == false, old.listing == .loaded {
                // What the server has there now is not known yet.
                directories[inode]?.listing = .unloaded
                result.append(.listing(inode))
            }
        } else {
            directories[inode] = Directory(
                inode: inode, parent: .root, name: name, folder: folder, modified: listingChanged)
        }
        guard let parent = directory(at: folder.path.dropLast()), !isAt(parent, orBelow: inode) else { return result }
        if let old {
            if old.parent == parent, old.name == name, directories[parent]?.children[name] == inode { return result }
            result += detach(inode, at: listingChanged, isGone: false)
        }
        directories[inode]?.parent = parent
        directories[inode]?.name = name
        attach(inode, name: name, to: parent, at: isKnown ? nil : listingChanged)
        return result + [.entry(parent: parent, name: name), .listing(parent), .attributes(parent)]
    }

    /// Takes a folder and the messages it held out of the tree.
    public mutating func remove(_ folder: FolderID, at now: Int64) -> [Invalidation] {
        let inode = InodeNumber(folder)
        guard inode != .root, let directory = directories[inode] else { return [] }
        let result = detach(inode, at: now, isGone: true)
        directories[inode] = nil
        homes.remove(folder, directory.table.ids)
        return result
    }

    private func isAt(_ place: InodeNumber, orBelow inode: InodeNumber) -> Bool {
        var place = place
        while place != inode {
            guard place != .root, let parent = directories[place]?.parent else { return false }
            place = parent
        }
        return true
    }

    /// The directory at a path of shown components.
    public func directory(at path: some Collection<[UInt8]>) -> InodeNumber? {
        var place = InodeNumber.root
        for component in path {
            guard let next = directories[place]?.children[component] else { return nil }
            place = next
        }
        return place
    }

    /// - Parameter now: nil: it was there before.
    private mutating func attach(_ inode: InodeNumber, name: [UInt8], to parent: InodeNumber, at now: Int64?) {
        update(parent) { directory in
            if let displaced = directory.children.updateValue(inode, forKey: name) {
                directory.childOrder.removeAll { $0 == displaced }
            }
            let place = directory.childOrder.firstIndex { $0.rawValue > inode.rawValue } ?? directory.childOrder.count
            directory.childOrder.insert(inode, at: place)
            if let now { directory.move(at: now) }
        }
    }

    /// - Parameter isGone: the folder is no more; else only its name is.
    private mutating func detach(_ inode: InodeNumber, at now: Int64, isGone: Bool) -> [Invalidation] {
        guard let parent = directories[inode]?.parent, let name = directories[inode]?.name else { return [] }
        update(parent) { directory in
            // Another folder may have the place already.
            if directory.children[name] == inode { directory.children[name] = nil }
            directory.childOrder.removeAll { $0 == inode }
            directory.move(at: now)
        }
        return [
            isGone ? .removed(parent: parent, child: inode, name: name) : .entry(parent: parent, name: name),
            .listing(parent), .attributes(parent),
        ]
    }

    /// Changes a directory where it stands, so that its table is never copied.
    private mutating func update(_ inode: InodeNumber, _ body: (inout Directory) -> Void) {
        guard var directory = directories.removeValue(forKey: inode) else { return }
        body(&directory)
        directories[inode] = directory
    }

    // MARK: - Messages

    /// Takes in a whole listing: every message of the folder.
    public mutating func load(_ folder: FolderID, _ table: MessageTable) {
        let inode = InodeNumber(folder)
        guard directories[inode] != nil else { return }
        homes.put(table.ids, in: folder)
        directories[inode]?.table = table
        directories[inode]?.listing = .loaded
        directories[inode]?.isAwaited = false
        directories[inode]?.gathered = nil
    }

    /// A listing is about to be asked for: what comes is kept from here on, so that it need not be loaded.
    public mutating func expect(_ folder: FolderID) {
        let inode = InodeNumber(folder)
        guard directories[inode]?.listing == .unloaded else { return }
        directories[inode]?.isAwaited = true
    }

    /// The listing is not awaited any more; `load` may still come.
    public mutating func giveUp(_ folder: FolderID) {
        directories[InodeNumber(folder)]?.isAwaited = false
        directories[InodeNumber(folder)]?.gathered = nil
    }

    /// Takes in the listing as it was gathered, all of it being there now.
    /// - Returns: false where it has to be loaded.
    public mutating func loadGathered(_ folder: FolderID) -> Bool {
        guard let table = directories[InodeNumber(folder)]?.gathered else { return false }
        load(folder, table)
        return true
    }

    /// Applies what a commit changed, if the listing is loaded; else only the directory's time moves.
    ///
    /// What goes from one folder to another may be removed there before or after it arrives here.
    ///
    /// - Parameters:
    ///   - changed: new messages and known ones of which something changed.
    ///   - isFirst: the folder showed no messages before.
    public mutating func apply(
        _ folder: FolderID, changed: [MessageSummary], removed: [MessageID], listingChanged: Int64,
        isFirst: Bool = false
    ) -> [Invalidation] {
        let inode = InodeNumber(folder)
        // Taken out while it changes, so that the table is changed in place and never copied.
        guard var directory = directories.removeValue(forKey: inode) else { return [] }
        defer { directories[inode] = directory }
        var result: [Invalidation] = []
        if listingChanged > directory.told {
            directory.told = listingChanged
            directory.move(at: listingChanged)
            result.append(.attributes(inode))
        }
        guard directory.listing == .loaded else {
            directory.gather(changed, removed, isFirst: isFirst)
            for message in changed where homes[message.id] != folder { homes[message.id] = nil }
            return result
        }
        var listingMoved = false
        for id in removed {
            guard let old = directory.table.summary(of: id) else { continue }
            let isElsewhere = homes[id] != folder
            if !isElsewhere { homes[id] = nil }
            guard directory.table.isShown(id) else { continue }
            listingMoved = true
            // To the kernel a message that lives on elsewhere is not gone: only this name is.
            result.append(
                isElsewhere
                    ? .entry(parent: inode, name: old.name)
                    : .removed(parent: inode, child: InodeNumber(id), name: old.name))
        }
        directory.table.remove(removed)
        for message in changed {
            let old = directory.table.summary(of: message.id)
            let wasShown = directory.table.isShown(message.id)
            directory.table.put(message)
            homes[message.id] = folder
            let child = InodeNumber(message.id)
            let isShown = !message.flags.isDeleted
            let hasName = isShown && (!wasShown || old?.name != message.name)
            if let old, wasShown, hasName || !isShown {
                listingMoved = true
                result.append(
                    isShown
                        ? .entry(parent: inode, name: old.name)
                        : .removed(parent: inode, child: child, name: old.name))
            }
            if hasName {
                listingMoved = true
                // The kernel may know it as the name of the one that had it.
                result.append(.entry(parent: inode, name: message.name))
            }
            if let old, old.sizeIsProven {
                if old != message { result.append(old.size == message.size ? .attributes(child) : .content(child)) }
            } else if let old {
                // Most of what comes here are bodies of the claimed size, of which the kernel need not hear.
                if old.size != message.size {
                    result.append(.content(child))
                } else if old.standing != message.standing || old.internalDate != message.internalDate
                    || old.flagsChanged != message.flagsChanged
                {
                    result.append(.attributes(child))
                }
            }
        }
        for id in directory.table.takeRestored() {
            guard let name = directory.table.summary(of: id)?.name else { continue }
            listingMoved = true
            result.append(.entry(parent: inode, name: name))
        }
        if listingMoved { result.append(.listing(inode)) }
        return result
    }
}
