internal import IMAPClient
internal import IMAPCodec
internal import MailModel
internal import MailSync
internal import Synchronization

/// Asks STATUS of folders that no connection watches.
enum StatusPoll {
    static func items(for capabilities: Capabilities) -> [StatusItem] {
        var items: [StatusItem] = [.messages, .uidNext, .uidValidity, .unseen]
        if capabilities.has(.condstore) { items.append(.highestModSeq) }
        return items
    }

    /// One command for each folder, a few under way at once. Folders for which the server has no answer are left out.
    static func run(_ folders: [Folder], on connection: IMAPConnection) async throws -> [[UInt8]: PolledStatus] {
        try await run(folders.map(\.rawName), on: connection)
    }

    static func run(_ asked: [[UInt8]], on connection: IMAPConnection) async throws -> [[UInt8]: PolledStatus] {
        let items = items(for: connection.capabilities)
        let names = Set(asked)
        let inbox = asked.first { ListedFolder.isInbox($0) }
        // The answer may spell INBOX in another case.
        let meant = { @Sendable (name: [UInt8]) -> [UInt8]? in
            ListedFolder.isInbox(name) ? inbox : names.contains(name) ? name : nil
        }
        let collected = Mutex<[[UInt8]: PolledStatus]>([:])
        var running: [RunningCommand] = []
        for name in asked {
            running.append(
                connection.submit(.status(name, items), literals: nil) { incoming in
                    guard case .mailboxStatus(let status) = incoming.response, let name = meant(status.rawName) else {
                        return .passed
                    }
                    return collected.withLock { collected in
                        // What NOTIFY tells meanwhile is less than what was asked for.
                        if status.unseen == nil, collected[name]?.unseen != nil { return .passed }
                        collected[name] = PolledStatus(status)
                        return .taken
                    }
                })
            if running.count >= 16 { try await settle(running.removeFirst()) }
        }
        for command in running { try await settle(command) }
        return collected.withLock { $0 }
    }

    /// Whether this was said of the mailbox of that name: the answer may spell INBOX in another case.
    static func isAnswer(_ status: MailboxStatus, to name: [UInt8]) -> Bool {
        status.rawName == name || (ListedFolder.isInbox(name) && ListedFolder.isInbox(status.rawName))
    }

    /// The MAILBOXID of each of these mailboxes (RFC 8474 section 4.2), by name; those without an answer are left out.
    static func mailboxIDs(of names: [[UInt8]], on connection: IMAPConnection) async throws -> [[UInt8]: [UInt8]] {
        let collected = Mutex<[[UInt8]: [UInt8]]>([:])
        var running: [RunningCommand] = []
        for name in names {
            running.append(
                connection.submit(.status(name, [.mailboxID]), literals: nil) { incoming in
                    guard case .mailboxStatus(let status) = incoming.response, let id = status.mailboxID else {
                        return .passed
                    }
                    collected.withLock { $0[ListedFolder.isInbox(status.rawName) ? name : status.rawName] = id }
                    return .taken
                })
            if running.count >= 16 { try await settle(running.removeFirst()) }
        }
        for command in running { try await settle(command) }
        return collected.withLock { $0 }
    }

    /// A name that cannot be sent costs its own answer only.
    private static func settle(_ command: RunningCommand) async throws {
        do {
            _ = try await command.outcome()
        } catch let error as IMAPClientError {
            throw error
        } catch {}
    }
}
