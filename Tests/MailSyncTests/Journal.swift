import IMAPValue
import MailModel

/// Short words for operations.
func message(_ id: Int64) -> MessageID { MessageID(rawValue: id) }
func folder(_ id: Int64) -> FolderID { FolderID(rawValue: id) }
func operation(_ id: Int64) -> OperationID { OperationID(rawValue: id) }
func octets(_ text: String) -> [UInt8] { Array(text.utf8) }
func path(_ text: String) -> [[UInt8]] { text.split(separator: "/").map { Array($0.utf8) } }

let refused = Operation.State.failed(ChangeFailure(kind: .refused, text: "no"))

func op(
    _ id: Int64, _ change: Change, _ state: Operation.State = .waiting, after: Int64? = nil, held: Bool = false,
    from: UInt32? = nil, attempts: Int = 0
) -> Operation {
    Operation(
        id: operation(id), change: change, state: state, after: after.map(operation), needsRelease: held,
        arrivesFrom: from.flatMap { UID($0) },
        attempts: attempts, made: 1_000 + id)
}

func move(_ id: Int64, to target: Int64, _ name: String = "m.eml") -> Change {
    .move(message(id), to: folder(target), name: octets(name))
}

func append(_ id: Int64, to target: Int64, size: UInt64 = 10, flags: Flags = Flags()) -> Change {
    .append(
        message(id), to: folder(target), name: octets("u.eml"),
        Upload(size: size, sha256: [1], internalDate: 5, flags: flags))
}

func copy(_ source: Int64, as copy: Int64, to target: Int64) -> Change {
    .copy(source: message(source), copy: message(copy), to: folder(target), name: octets("c.eml"))
}

func rename(_ id: Int64, to name: String) -> Change {
    .renameFolder(folder(id), rawName: octets(name), path: path(name))
}

/// A folder whose path is its name.
func made(_ id: Int64, _ name: String, _ attributes: Folder.Attributes = []) -> Folder {
    Folder(
        id: folder(id), rawName: octets(name), separator: UInt8(ascii: "/"), attributes: attributes, specialUse: nil,
        mailboxID: nil, path: path(name), displayName: name)
}

func summary(_ id: Int64, _ flags: Flags = Flags()) -> MessageSummary {
    MessageSummary(
        id: message(id), uid: UID(7), name: octets("t.eml"), size: 3, sizeIsProven: true, internalDate: 1, flags: flags,
        flagsChanged: 0, isCached: false)
}
