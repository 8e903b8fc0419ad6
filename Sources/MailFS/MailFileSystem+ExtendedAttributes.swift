public import Fuse
internal import IMAPValue
internal import MailModel
internal import MailService
internal import MailTree
internal import PosixFile
internal import Synchronization

/// The extended attributes of the mount, all answered from what is here.
enum AttributeName: String, CaseIterable {
    case flags = "user.imap.flags"
    case labels = "user.gmail.labels"
    case uid = "user.imap.uid"
    case uidValidity = "user.imap.uidvalidity"
    case internalDate = "user.imap.internaldate"
    case mailbox = "user.imap.mailbox"
    case specialUse = "user.imap.special-use"
    case subject = "user.mail.subject"
    case from = "user.mail.from"
    case date = "user.mail.date"
    case messageID = "user.mail.message-id"
    case state = "user.mailmount.state"
    /// On the root, listed nowhere: where this mount's program listens.
    case control = "user.mailmount.control"

    static let prefix = Array("user.".utf8)

    init?(_ name: UnsafeRawBufferPointer) {
        // `ls` and the kernel ask for security.* and system.* on every file: no string is made for those.
        guard name.starts(with: Self.prefix) else { return nil }
        self.init(rawValue: String(decoding: name, as: UTF8.self))
    }

}

extension MailFileSystem {
    public func getxattr(_ inode: Inode, _ name: UnsafeRawBufferPointer, _ caller: Caller) -> Answer<[UInt8]> {
        guard let attribute = AttributeName(name) else {
            // Outside `user.` nothing is supported: told so, `ls -l` stops asking for security.* and system.* of every file.
            return .failed(name.starts(with: AttributeName.prefix) ? .noData : .notSupported)
        }
        guard let value = value(of: attribute, on: InodeNumber(rawValue: inode)) else { return .failed(.noData) }
        return .now(Array(value.utf8))
    }

    public func listxattr(_ inode: Inode) -> Answer<[[UInt8]]> {
        let number = InodeNumber(rawValue: inode)
        let names = AttributeName.allCases.filter { $0 != .control && value(of: $0, on: number) != nil }
        return .now(names.map { Array($0.rawValue.utf8) })
    }

    public func setxattr(
        _ inode: Inode, _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, flags: Int32, _ caller: Caller
    ) -> Answer<Void> {
        guard let attribute = AttributeName(name) else { return .failed(.notSupported) }
        if attribute == .labels { return setLabels(inode, value, flags: flags) }
        guard attribute == .flags, let id = InodeNumber(rawValue: inode).message else {
            return isCopied(attribute, inode) || isAsItIs(value, attribute, inode) ? .done : .failed(.notSupported)
        }
        if isReadOnly { return .failed(.readOnlyFileSystem) }
        guard tree.withLock({ $0.message(id) }) != nil else { return .failed(.stale) }
        // Every message has it.
        guard flags & Self.xattrCreate == 0 else { return .failed(.exists) }
        let changes: [FlagChange]
        do {
            changes = try FlagText.parse(value)
        } catch {
            return .failed(error == .deletes ? .notPermitted : .invalidArgument)
        }
        return Answer.of { settled(try service.setFlags(id, changes), value: ()) }
    }

    /// As flags, where the server has labels.
    private func setLabels(_ inode: Inode, _ value: UnsafeRawBufferPointer, flags: Int32) -> Answer<Void> {
        guard let id = InodeNumber(rawValue: inode).message, let seen = labels(of: id) else {
            return .failed(.notSupported)
        }
        if isReadOnly { return .failed(.readOnlyFileSystem) }
        guard flags & Self.xattrCreate == 0 else { return .failed(.exists) }
        let edit: LabelText.Edit
        do {
            edit = try LabelText.parse(value)
            _ = try LabelText.applied(edit, to: seen)
        } catch {
            return .failed(error == .moves ? .notPermitted : .invalidArgument)
        }
        return Answer.of {
            settled(try service.setLabels(id) { (try? LabelText.applied(edit, to: $0)) ?? $0 }, value: ())
        }
    }

    /// nil where the server has none, or not the message.
    private func labels(of id: MessageID) -> Labels? {
        guard tree.withLock({ $0.message(id) }) != nil else { return nil }
        return (try? service.labels(of: id)).flatMap { $0 }
    }

    /// XATTR_CREATE of setxattr(2).
    private static let xattrCreate: Int32 = 1

    /// Whether programs that copy attributes may set a read-only one of what they have made, or of a directory that they make like another: what
    /// it was at the original is accepted, and stays without effect.
    private func isCopied(_ attribute: AttributeName, _ inode: Inode) -> Bool {
        let number = InodeNumber(rawValue: inode)
        switch attribute {
        case .uid, .uidValidity, .internalDate, .subject, .from, .date, .messageID, .state:
            return number.message.map(isMadeHere) ?? false
        case .mailbox: return number.message.map(isMadeHere) ?? isFolder(number)
        case .specialUse: return isFolder(number)
        case .flags, .labels, .control: return false
        }
    }

    private func isFolder(_ inode: InodeNumber) -> Bool { tree.withLock { $0.folder(inode) } != nil }

    /// A program has made it in this mount, and the server may have it since; or it is here only.
    private func isMadeHere(_ id: MessageID) -> Bool {
        guard tree.withLock({ $0.message(id) }) != nil else { return false }
        return made.withLock { $0.contains(id) } || service.localFile(id) != nil
    }

    /// Programs that copy attributes write back what they read, perhaps with the NUL of a C string.
    private func isAsItIs(_ value: UnsafeRawBufferPointer, _ attribute: AttributeName, _ inode: Inode) -> Bool {
        guard attribute != .control, let known = self.value(of: attribute, on: InodeNumber(rawValue: inode)) else {
            return false
        }
        let text = value.last == 0 && !known.utf8.isEmpty ? value.dropLast() : value[...]
        return text.elementsEqual(known.utf8)
    }

    /// Programs that make one directory like another remove what the other lacks. What a message has it keeps: as with modes and owners
    /// that is accepted, without effect.
    public func removexattr(_ inode: Inode, _ name: UnsafeRawBufferPointer, _ caller: Caller) -> Answer<Void> {
        guard let attribute = AttributeName(name), attribute != .control else { return .failed(.notSupported) }
        return value(of: attribute, on: InodeNumber(rawValue: inode)) == nil ? .failed(.noData) : .done
    }

    private func value(of attribute: AttributeName, on inode: InodeNumber) -> String? {
        if let id = inode.message {
            guard let (message, _, folder) = tree.withLock({ $0.message(id) }) else { return nil }
            if message.standing == .scratch {
                // Flags may be set before the file gets the name of a message.
                return attribute == .flags && !message.flags.names.isEmpty ? message.flags.description : nil
            }
            return folder.flatMap { value(of: attribute, of: message, in: $0) }
        }
        if inode == .root { return attribute == .control ? controlPath : nil }
        guard let folder = tree.withLock({ $0.folder(inode) }) else { return nil }
        switch attribute {
        case .mailbox: return folder.displayName
        case .specialUse: return folder.specialUse?.rawValue
        case .flags, .labels, .uid, .uidValidity, .internalDate, .subject, .from, .date, .messageID, .state, .control:
            return nil
        }
    }

    private func value(of attribute: AttributeName, of message: MessageSummary, in folder: Folder) -> String? {
        switch attribute {
        case .flags: message.flags.description
        case .labels: labels(of: message.id).map(LabelText.text)
        case .uid: message.uid?.description
        case .uidValidity: message.uid.flatMap { _ in service.uidValidity(of: folder.id)?.description }
        case .internalDate: Timestamp.iso8601(message.internalDate)
        case .mailbox: folder.displayName
        case .state: state(of: message)
        case .subject: texts(of: message)?.subject
        case .from: texts(of: message)?.from
        case .date: texts(of: message)?.date
        case .messageID: texts(of: message)?.messageID
        case .specialUse, .control: nil
        }
    }

    private func state(of message: MessageSummary) -> String {
        switch message.standing {
        case .settled: message.isCached ? "cached" : "remote"
        case .pending, .scratch: "pending"
        case .failed: "failed"
        }
    }

    private func texts(of message: MessageSummary) -> HeaderTexts? {
        if message.standing != .settled, service.localFile(message.id) != nil {
            let file =
                files.written(message.id)?.file ?? (try? FileDescriptor(writing: service.spoolPath(of: message.id)))
            return file.map { HeaderTexts(Self.header((try? $0.prefix(Self.headerLimit)) ?? [])) }
        }
        return (try? service.header(of: message.id)).flatMap { $0 }.map(HeaderTexts.init)
    }

    /// Octets of a file in which its header is looked for.
    private static let headerLimit = 256 << 10

    /// What stands before the first empty line.
    private static func header(_ bytes: [UInt8]) -> [UInt8] {
        var start = bytes.startIndex
        while let end = bytes[start...].firstIndex(of: 0x0A) {
            let line = bytes[start..<end]
            if line.isEmpty || line.elementsEqual([0x0D]) { return Array(bytes[..<start]) }
            start = end + 1
        }
        return bytes
    }
}
