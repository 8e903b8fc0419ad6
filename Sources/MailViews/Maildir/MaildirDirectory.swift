internal import Fuse
internal import IMAPValue
internal import MailModel
internal import MailTree

/// `.views/maildir`: the account as a Maildir++. The directory itself is INBOX, `.Archive.2024` beside its `cur`, `new` and `tmp` the folder
/// `Archive/2024`.
///
/// A file in it is the account's, with the same inode. What is no message, in `tmp` or beside the three directories, is a hidden file of this
/// mount, in the folder: `.maildir-tmp.NAME`, `.maildir.NAME`.
public struct MaildirDirectory: ViewDirectory {
    enum Kind: String, CaseIterable {
        case cur
        case new
        case tmp
    }

    enum Place: Hashable {
        /// INBOX with the other folders in it.
        case root
        case folder
        case files(Kind)
    }

    let account: any MaildirAccount
    let place: Place
    /// nil in the root of an account whose INBOX is not shown.
    let folder: FolderID?
    let started: Int64

    public init(_ account: any MaildirAccount) {
        self.init(account, .root, nil, started: account.currentTime)
    }

    init(_ account: any MaildirAccount, _ place: Place, _ folder: FolderID?, started: Int64) {
        self.account = account
        self.place = place
        self.folder = folder
        self.started = started
    }

    /// The folder whose messages and files these are. INBOX may be shown later than the mount is.
    var home: FolderID? {
        if let folder { return folder }
        guard place != .folder, let inbox = account.folder(at: [MaildirFolderName.inbox]), inbox.holdsMessages else {
            return nil
        }
        return inbox.id
    }

    /// - Throws: EROFS where there is none.
    func needHome() throws -> FolderID {
        guard let home else { throw Errno.readOnlyFileSystem }
        return home
    }

    public var modified: Int64 { listingChanged / 1_000_000_000 }

    public var listingChanged: Int64 {
        let begin = min(max(started, 0), 9_000_000_000) * 1_000_000_000
        return max(begin, home.map { account.lastChange(in: $0) } ?? 0)
    }

    public var isChangeable: Bool { !account.isReadOnly }

    /// Names are those of flags, which change at any time.
    public var validity: Double { 0 }

    // MARK: - Directories

    private func files(_ kind: Kind) -> MaildirDirectory {
        MaildirDirectory(account, .files(kind), folder, started: started)
    }

    /// Those beside INBOX.
    var folders: [(name: [UInt8], folder: Folder)] {
        account.shownFolders.filter { $0.holdsMessages && !MaildirFolderName.isInbox($0.path) }
            .map { (MaildirFolderName.shown($0.path, $0.id), $0) }
    }

    func subfolder(_ name: [UInt8]) -> Folder? {
        guard place == .root, name.first == UInt8(ascii: ".") else { return nil }
        if let path = MaildirFolderName.path(name), let folder = account.folder(at: path) {
            return folder.holdsMessages ? folder : nil
        }
        return MaildirFolderName.isShortened(name) ? folders.first { $0.name == name }?.folder : nil
    }

    public func lookup(_ name: [UInt8]) async throws -> ViewNode? {
        if case .files(let kind) = place { return try await file(name, kind) }
        if let kind = Self.kind(name) { return .directory(files(kind)) }
        if let folder = subfolder(name) {
            return .directory(MaildirDirectory(account, .folder, folder.id, started: started))
        }
        return try await scratch(name)
    }

    static func kind(_ name: [UInt8]) -> Kind? { Kind(rawValue: String(decoding: name, as: UTF8.self)) }

    public func listing() async throws -> ViewListing {
        var listing = ViewListing()
        if case .files(let kind) = place {
            try await list(kind, into: &listing)
            return listing
        }
        for kind in Kind.allCases { listing.append(kind.rawValue.utf8, .directory) }
        if place == .root { for folder in folders { listing.append(folder.name, .directory) } }
        try await listScratch(into: &listing)
        return listing
    }
}
