internal import IMAPClient
internal import IMAPCodec
internal import IMAPValue
internal import Logging
internal import MailMessage
internal import MailModel
internal import MailStore
internal import MailSync
internal import PosixFile
internal import Synchronization

extension ChangeSender {
    /// A message on its way up.
    struct Sending {
        let operation: Operation
        let upload: Upload
        let spool: FileDescriptor

        var source: AppendSource { AppendSource(spool) }

        /// The length is that of the file, whatever was written down (HAZARD 41).
        var message: AppendMessage {
            AppendMessage(flags: upload.flags, internalDate: upload.internalDate, octets: upload.size)
        }
    }

    /// The operations are claimed and the folder held.
    func sendUploads(_ operations: [Operation], to target: FolderID) async throws {
        guard let folder = facts.folder(target) else { return }
        let mostOpen = SpoolAllowance.ofProcess
        for start in stride(from: 0, to: operations.count, by: mostOpen) {
            let sendings = try operations[start...].prefix(mostOpen).compactMap(opened)
            guard !sendings.isEmpty else { continue }
            do {
                try await exchanging(in: target) { exchange in
                    try await self.append(sendings, to: folder, over: exchange)
                }
            } catch ChangeObstacle.unknownTarget(let operations, let status) {
                try await meetUnknown(folder, operations, status)
                // What follows would be refused under the same name.
                return
            } catch ChangeObstacle.refused(let status) where status.isOfUnknownFolder {
                return try await meetUnknown(folder, sendings.map(\.operation), status)
            } catch ChangeObstacle.refused(let status) {
                journal.heardOfFolders()
                try refuse(sendings.map(\.operation), status)
            }
        }
    }

    /// nil where the file is not what was recorded.
    ///
    /// - Throws: `FileError` where there is no room for another open file now.
    private func opened(_ operation: Operation) throws -> Sending? {
        guard case .append(let id, _, _, let upload) = operation.change else { return nil }
        var text = "its file in the spool is damaged"
        do {
            let spool = try FileDescriptor(reading: journal.store.spoolPath(of: id))
            if spool.size == upload.size, !upload.sha256.isEmpty, try spool.sha256() == upload.sha256 {
                return Sending(operation: operation, upload: upload, spool: spool)
            }
        } catch let error as FileError {
            if error.isShortage { throw error }
            logger.error("upload \(operation.id.rawValue): \(error)")
            text = "its file in the spool cannot be read: \(FileError.text(error.code))"
        }
        try fail(operation, ChangeFailure(kind: .refused, text: text))
        return nil
    }

    private func append(_ sendings: [Sending], to folder: Folder, over exchange: ChangeExchange) async throws {
        let operations = sendings.map(\.operation)
        let from = try await arrivals(in: folder, over: exchange)
        try await exchange.openForArrivals(folder)
        try journal.secure(operations)
        try begin(operations, arrivesFrom: from.map { [folder.id: $0] } ?? [:], over: exchange)
        let isTogether = sendings.count > 1 && exchange.capabilities.has(.multiAppend)
        let groups = isTogether ? [sendings] : sendings.map { [$0] }
        let running = groups.map { group in
            exchange.connection.submit(
                .append(folder.rawName, group.map(\.message)), contents: group.map(\.source)
            ) { _ in .passed }
        }
        var told: [(Sending, UIDValidity, UID?)] = []
        var refused: [([Operation], StatusResponse)] = []
        for (group, command) in zip(groups, running) {
            let status = try await command.outcome()
            try journal.passed(.answered)
            guard status.kind == .ok else {
                refused.append((group.map(\.operation), status))
                continue
            }
            for sending in group { fates.change(sending.operation) { $0.confirmed() } }
            var uids: [UID] = []
            var validity = UIDValidity.first
            if case .appendUID(let epoch, let set) = status.code, set.count == group.count {
                validity = epoch
                uids = Array(set)
            }
            for (index, sending) in group.enumerated() {
                told.append((sending, validity, uids.indices.contains(index) ? uids[index] : nil))
            }
        }
        let unknown = refused.filter { $0.1.isOfUnknownFolder }
        for (operations, status) in refused where !status.isOfUnknownFolder {
            try refuse(operations, try await exchange.judged(status))
        }
        if !told.isEmpty { try await take(told, from: from, of: operations, in: folder, over: exchange) }
        if let status = unknown.first?.1 { throw ChangeObstacle.unknownTarget(unknown.flatMap(\.0), status) }
    }

    /// Settles what is seen of what the server said that it has.
    private func take(
        _ told: [(Sending, UIDValidity, UID?)], from: UID?, of operations: [Operation], in folder: Folder,
        over exchange: ChangeExchange
    ) async throws {
        var unseen = Set(told.map(\.0.operation.id))
        do {
            let settlements = try await seen(told, from: from, in: folder, over: exchange)
            try settle(settlements, of: operations)
            unseen.subtract(settlements.map(\.operation))
        } catch ChangeObstacle.refused {
            logger.info("\(folder.displayName): what was uploaded cannot be looked at now")
        } catch let error as ServiceError {
            logger.info("\(folder.displayName): what was uploaded cannot be looked at now: \(error)")
        }
        try journal.noteConfirmed(unseen)
    }

    /// The uploads that are seen in the folder. The others are looked for as those are whose answer was lost: a file stays until its
    /// message is there. APPENDUID is a hint (HAZARD 24): what is there now is looked at.
    private func seen(
        _ told: [(sending: Sending, validity: UIDValidity, uid: UID?)], from: UID?, in folder: Folder,
        over exchange: ChangeExchange
    ) async throws -> [Settlement] {
        let known = try journal.store.cursor(folder.id)?.uidValidity
        let epoch = try await exchange.examine(folder)
        // What is known of UIDs is of another epoch: the folder is listed first.
        if let known, known != epoch { return [] }
        var found: [UID: MessageMetadata] = [:]
        if let epoch {
            let hints = UIDSet(told.filter { $0.validity == epoch }.compactMap(\.uid))
            if !hints.isEmpty { found = try await exchange.look(at: .uids(hints), now: journal.now()) }
            if hints.count < told.count, let from {
                found.merge(try await exchange.look(at: .from(from), now: journal.now())) { first, _ in first }
            }
        }
        let messages = Array(found.values)
        let index = LikenessIndex(messages)
        var taken = brought[folder.id] ?? []
        var settlements: [Settlement] = []
        for (sending, validity, uid) in told {
            let own = try metadata(of: sending)
            var match = uid.flatMap { validity == epoch ? found[$0] : nil }
            if let hint = match, !isAlike(hint, own), !LikenessIndex.isKept(own, in: hint) { match = nil }
            if let match, match.size != own.size {
                facts.trust.learnChangedUpload()
            } else if match == nil {
                // Where several may be it, or one of another size, their bytes decide.
                let alike = index.alike(to: own).map { messages[$0] }.filter { !taken.contains($0.uid) }
                match = alike.count == 1 ? alike.first { $0.size == own.size } : nil
            }
            guard let match else { continue }
            taken.insert(match.uid)
            let isKnownEpoch = known != nil && epoch == known
            settlements.append(
                Settlement(
                    sending.operation.id,
                    .appended(
                        epoch ?? known ?? .first, isKnownEpoch ? match.uid : nil, match,
                        body: match.size == sending.upload.size)))
        }
        return settlements
    }

    /// What the file says of the message.
    private func metadata(of sending: Sending) throws -> MessageMetadata {
        let header = try sending.spool.header()
        let fields = Header(header)
        return MessageMetadata(
            uid: .min, size: sending.upload.size, internalDate: sending.upload.internalDate,
            flags: sending.upload.flags,
            identity: MetadataCollector.identity(
                fields, size: sending.upload.size, internalDate: sending.upload.internalDate),
            identityIsProof: false, header: HeaderExtract.few(fields))
    }

    /// Whether a message of the folder may be the uploaded one: its size, or Message-ID and Date where the server changes what it
    /// stores.
    func isAlike(_ message: MessageMetadata, _ own: MessageMetadata) -> Bool {
        let (left, right) = (Header(message.header), Header(own.header))
        return MetadataCollector.headerFields.allSatisfy { left.value(of: $0) == right.value(of: $0) }
            || (message.size == own.size && left.value(of: "Message-ID") == right.value(of: "Message-ID"))
    }
}

/// The header fields that a listing would have asked for.
enum HeaderExtract {
    static func few(_ header: Header) -> [UInt8] {
        var bytes: [UInt8] = []
        for name in MetadataCollector.headerFields {
            guard let value = header.value(of: name) else { continue }
            bytes += Array(name.utf8) + Array(": ".utf8) + value + Array("\r\n".utf8)
        }
        return bytes + Array("\r\n".utf8)
    }
}
