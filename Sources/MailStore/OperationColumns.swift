internal import GRDB
import IMAPValue
import MailModel

/// An operation as a row of the journal.
///
/// - `move`: `message`, `folder`, `name`. `copy`: the same, `other` is the source. `append`: the same, and `flags`, `size`, `sha256`,
///   `time` (the internal date).
/// - `replaceFlags`, `addFlags`, `removeFlags`: `message`, `flags`. `addLabels`, `removeLabels`: the same, as `LabelColumn` writes them.
/// - `delete`: `message`. `expunge`: `message`, `time` (when it is due).
/// - These also: `folder` and `name` (without a hash), where the message was when it was asked for.
/// - `createFolder`, `deleteFolder`: `folder`. `renameFolder`: `folder`, `name` (the raw one, without a hash), `path`.
///
/// `state` is 0 waiting, 1 sent, 2 failed.
enum OperationColumns {
    static let select = """
        SELECT id, kind, message, other, folder, name, flags, size, sha256, time, path, state, failure, failure_text, after,
            arrives_from, attempts, made, held FROM state.operation

        """
    /// From 2 on, as `bind` binds them; 1 is the id.
    static let assignments = """
        kind = ?2, message = ?3, other = ?4, folder = ?5, name_hash = ?6, name = ?7, flags = ?8, size = ?9, sha256 = ?10,
        time = ?11, path = ?12
        """
    static let insert = """
        INSERT INTO state.operation (kind, message, other, folder, name_hash, name, flags, size, sha256, time, path, after,
            made, held, state, attempts)
        VALUES (?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, 0, 0)
        """

    static func bind(_ change: Change, at place: Operation.Place? = nil, to query: Query) {
        for index in Int32(3)...12 { query.bind(index, nil as Int64?) }
        query.bind(2, kind(change))
        query.bind(3, change.message?.rawValue)
        if let place, change.target == nil {
            query.bind(5, place.folder.rawValue)
            query.bind(7, place.name)
        }
        if let (folder, name) = change.target {
            query.bind(5, folder.rawValue)
            query.bind(6, NameGiver.hash(name))
            query.bind(7, name)
        }
        switch change {
        case .move, .delete, .createFolder, .deleteFolder: break
        case .copy(let source, _, _, _): query.bind(4, source.rawValue)
        case .append(_, _, _, let upload):
            query.bind(8, upload.flags.description)
            query.bind(9, Int64(clamping: upload.size))
            query.bind(10, upload.sha256)
            query.bind(11, upload.internalDate)
        case .flags(_, .replace(let flags)), .flags(_, .add(let flags)), .flags(_, .remove(let flags)):
            query.bind(8, flags.description)
        case .labels(_, .add(let labels)), .labels(_, .remove(let labels)): query.bind(8, LabelColumn.text(labels))
        case .expunge(_, let due): query.bind(11, due)
        case .renameFolder(_, let rawName, let path):
            query.bind(7, rawName)
            query.bind(12, Array(path.joined(separator: [0x2F])))
        }
        if let folder = change.folder { query.bind(5, folder.rawValue) }
    }

    private static func kind(_ change: Change) -> String {
        switch change {
        case .move: "move"
        case .copy: "copy"
        case .append: "append"
        case .flags(_, .replace): "replaceFlags"
        case .flags(_, .add): "addFlags"
        case .flags(_, .remove): "removeFlags"
        case .labels(_, .add): "addLabels"
        case .labels(_, .remove): "removeLabels"
        case .delete: "delete"
        case .expunge: "expunge"
        case .createFolder: "createFolder"
        case .deleteFolder: "deleteFolder"
        case .renameFolder: "renameFolder"
        }
    }

    /// nil for a kind that this version does not know.
    static func operation(_ row: Query) -> Operation? {
        guard let change = change(row) else { return nil }
        let state: Operation.State
        switch row.int(11) {
        case 0: state = .waiting
        case 1: state = .sent
        default:
            state = .failed(
                ChangeFailure(kind: ChangeFailure.Kind(rawValue: row.text(12)) ?? .refused, text: row.text(13)))
        }
        return Operation(
            id: OperationID(rawValue: row.int(0)), change: change, state: state,
            after: row.optionalInt(14).map(OperationID.init(rawValue:)), needsRelease: row.int(18) != 0,
            arrivesFrom: row.optionalInt(15).flatMap { UID(UInt32(truncatingIfNeeded: $0)) },
            attempts: Int(clamping: row.int(16)), made: row.int(17), place: place(of: change, row))
    }

    private static func place(of change: Change, _ row: Query) -> Operation.Place? {
        guard change.target == nil, change.message != nil, let folder = row.optionalInt(4) else { return nil }
        return Operation.Place(folder: FolderID(rawValue: folder), name: row.bytes(5))
    }

    private static func change(_ row: Query) -> Change? {
        let message = MessageID(rawValue: row.int(2))
        let folder = FolderID(rawValue: row.int(4))
        func flags() -> Flags { row.flags(6) ?? Flags() }
        switch row.text(1) {
        case "move": return .move(message, to: folder, name: row.bytes(5))
        case "copy":
            return .copy(source: MessageID(rawValue: row.int(3)), copy: message, to: folder, name: row.bytes(5))
        case "append":
            let upload = Upload(
                size: UInt64(clamping: row.int(7)), sha256: row.bytes(8), internalDate: row.int(9), flags: flags())
            return .append(message, to: folder, name: row.bytes(5), upload)
        case "replaceFlags": return .flags(message, .replace(flags()))
        case "addFlags": return .flags(message, .add(flags()))
        case "removeFlags": return .flags(message, .remove(flags()))
        case "addLabels": return .labels(message, .add(LabelColumn.labels(row.text(6))))
        case "removeLabels": return .labels(message, .remove(LabelColumn.labels(row.text(6))))
        case "delete": return .delete(message)
        case "expunge": return .expunge(message, due: row.optionalInt(9))
        case "createFolder": return .createFolder(folder)
        case "deleteFolder": return .deleteFolder(folder)
        case "renameFolder":
            let path = row.bytes(10)
            return .renameFolder(
                folder, rawName: row.bytes(5),
                path: path.isEmpty ? [] : path.split(separator: 0x2F, omittingEmptySubsequences: false).map(Array.init))
        default: return nil
        }
    }
}

extension Query {
    /// As their description was bound; nil for NULL.
    func flags(_ column: Int32) -> Flags? {
        optionalBytes(column).map { Flags(names: String(decoding: $0, as: UTF8.self).split(separator: " ")) }
    }
}
