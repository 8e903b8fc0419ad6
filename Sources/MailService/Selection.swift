internal import IMAPClient
internal import IMAPCodec
internal import IMAPValue
internal import MailModel
internal import MailSync
internal import Synchronization

/// Opens a mailbox for reading. EXAMINE, so that nothing on the server changes by it, not even `\Recent`.
enum Selection {
    static func examine(
        _ folder: Folder, plan: SelectPlan, on connection: IMAPConnection
    ) async throws -> SelectedMailbox {
        let parameters: SelectParameters =
            switch plan {
            case .plain: .plain
            case .condstore: .condstore
            case .qresync(let validity, let modSeq): .qresync(validity, modSeq, known: nil)
            }
        let collected = Mutex(SelectedMailbox())
        let status = try await connection.perform(.examine(folder.rawName, parameters), literals: nil) { incoming in
            collected.withLock { $0.take(incoming.response) }
        }
        guard status.kind == .ok else { throw ServiceError(refusal: status) }
        return collected.withLock { $0 }
    }
}

extension SelectedMailbox {
    /// Takes in what belongs to a SELECT's answer.
    mutating func take(_ response: Untagged) -> Taken {
        switch response {
        case .exists(let count): exists = count
        case .flags, .recent: break
        case .vanished(let uids, earlier: true): vanished.formUnion(uids)
        case .fetch(let fetch):
            guard let uid = fetch.uid, let flags = fetch.flags else { return .passed }
            changed[uid] = flags
        case .status(let status):
            switch status.code {
            case .uidValidity(let value): uidValidity = value
            case .uidNext(let value): uidNext = value
            case .highestModSeq(let value): highestModSeq = value
            case .noModSeq: highestModSeq = nil
            case .uidNotSticky: uidsAreSticky = false
            case .permanentFlags(let flags, let allowsNew):
                permanentFlags = PermanentFlags(flags, allowsNew: allowsNew)
            case .closed:
                // What was said before it belonged to the mailbox selected before (RFC 7162 section 3.2.11).
                self = SelectedMailbox()
            default: return .passed
            }
        default: return .passed
        }
        return .taken
    }
}
