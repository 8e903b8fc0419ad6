/// A message as the server has it.
public struct ServerMessage: Sendable, Equatable {
    public let uid: UInt32
    public let bytes: [UInt8]
    public let flags: [String]
    /// Seconds since 1970.
    public let internalDate: Int64
    public let modSeq: UInt64
    /// As in FETCH EMAILID.
    public let emailID: String
}

/// All folders and mail at one moment.
public struct Account: Sendable {
    let mail: Mail

    /// Names as on the wire, `\Noselect` ones included.
    public var folders: [String] { mail.folders.map(\.name.text) }
    public var subscriptions: Set<String> { Set(mail.subscriptions.map(\.text)) }

    public func hasFolder(_ name: String) -> Bool { mail.folder(Name(name)) != nil }
    public func uids(in folder: String) -> [UInt32] { mail.folder(Name(folder))?.uids ?? [] }
    public func uidValidity(of folder: String) -> UInt32? { mail.folder(Name(folder))?.uidValidity }
    public func uidNext(of folder: String) -> UInt32? { mail.folder(Name(folder))?.uidNext }
    public func highestModSeq(of folder: String) -> UInt64? { mail.folder(Name(folder))?.highestModSeq }

    /// nil where there is no such message.
    public func flags(of uid: UInt32, in folder: String) -> [String]? {
        mail.folder(Name(folder))?.message(uid)?.flags
    }

    public func messages(in folder: String) -> [ServerMessage] {
        mail.folder(Name(folder))?.messages.map { message in
            ServerMessage(
                uid: message.uid, bytes: message.bytes, flags: message.flags, internalDate: message.internalDate,
                modSeq: message.modSeq, emailID: "M\(message.emailID)")
        } ?? []
    }
}

extension InMemoryServer {
    /// The mail as it is now.
    public var account: Account { Account(mail: monitor.withLock(\.mail)) }

    public func uids(in folder: String) -> [UInt32] { account.uids(in: folder) }
    public func flags(of uid: UInt32, in folder: String) -> [String]? { account.flags(of: uid, in: folder) }
    public func messages(in folder: String) -> [ServerMessage] { account.messages(in: folder) }
}
