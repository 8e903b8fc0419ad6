/// Changes from outside, as another client or a delivery would make them. Sessions that idle are told at once,
/// others with their next command.
extension InMemoryServer {
    private func change<Result>(_ body: (inout ServerState) -> Result) -> Result {
        monitor.withLock { state in
            let revision = state.mail.revision
            defer { if state.mail.revision != revision { state.wakeAll() } }
            return body(&state)
        }
    }

    /// Makes a folder; those missing above it come as `\Noselect`.
    ///
    /// - Parameter name: as on the wire, with the server's separator; not checked, so that strange ones are possible.
    public func createFolder(_ name: String, attributes: [String] = [], specialUse: String? = nil) {
        createFolder([UInt8](name.utf8), attributes: attributes, specialUse: specialUse)
    }

    /// As ``createFolder(_:attributes:specialUse:)-(String,_,_)``, for names that are not even UTF-8.
    public func createFolder(_ name: [UInt8], attributes: [String] = [], specialUse: String? = nil) {
        change { $0.mail.create(Name(name), attributes: attributes, specialUse: specialUse) }
    }

    public func deleteFolder(_ name: String) { change { $0.mail.delete(Name(name)) } }

    /// Renames a folder and all below it.
    public func renameFolder(_ name: String, to new: String) {
        change { $0.mail.rename(Name(name), to: Name(new)) }
    }

    public func subscribe(_ name: String) { change { $0.mail.subscribe(Name(name)) } }
    public func unsubscribe(_ name: String) { change { $0.mail.unsubscribe(Name(name)) } }

    /// Puts a message into a folder, which is made if it is missing.
    ///
    /// - Parameters:
    ///   - message: kept byte for byte.
    ///   - internalDate: seconds since 1970.
    /// - Returns: its UID.
    @discardableResult
    public func deliver(
        _ message: [UInt8], to folder: String, flags: [String] = [],
        internalDate: Int64 = InMemoryServer.defaultDate
    ) -> UInt32 {
        deliver([message], to: folder, flags: flags, internalDate: internalDate).first ?? 0
    }

    /// Puts many messages into a folder in one step.
    @discardableResult
    public func deliver(
        _ messages: [[UInt8]], to folder: String, flags: [String] = [],
        internalDate: Int64 = InMemoryServer.defaultDate
    ) -> [UInt32] {
        change { state in
            let name = Name(folder)
            if state.mail.folder(name)?.isSelectable != true { state.mail.create(name) }
            let identities = messages.map { _ in state.mail.newEmailID() }
            let uids =
                state.mail.change(name) { folder in
                    zip(messages, identities).map {
                        folder.append($0, flags: flags, internalDate: internalDate, emailID: $1)
                    }
                } ?? []
            if let id = state.mail.folder(name)?.id { state.mail.label(uids, in: id) }
            return uids
        }
    }

    /// Replaces the flags of a message.
    public func setFlags(_ flags: [String], of uid: UInt32, in folder: String) {
        change { _ = $0.mail.change(Name(folder)) { $0.setFlags(uid, flags) } }
    }

    public func expunge(_ uid: UInt32, in folder: String) { expunge([uid], in: folder) }

    public func expunge(_ uids: [UInt32], in folder: String) {
        change { _ = $0.mail.change(Name(folder)) { $0.expunge(Set(uids)) } }
    }

    /// Moves a message.
    ///
    /// - Returns: its UID in the other folder; nil where there is no such message or folder.
    @discardableResult
    public func move(_ uid: UInt32, from folder: String, to target: String) -> UInt32? {
        change { state in
            guard let source = state.mail.folder(Name(folder)), let target = state.mail.folder(Name(target)) else {
                return nil
            }
            return state.mail.move([uid], from: source.id, to: target.id).to.first
        }
    }

    /// As ``move(_:from:to:)``, leaving the original.
    @discardableResult
    public func copy(_ uid: UInt32, from folder: String, to target: String) -> UInt32? {
        change { state in
            guard let source = state.mail.folder(Name(folder)), let target = state.mail.folder(Name(target)) else {
                return nil
            }
            return state.mail.copy([uid], from: source.id, to: target.id).to.first
        }
    }

    /// Gives the folder a new UIDVALIDITY and its messages new UIDs, in their old order.
    ///
    /// - Returns: the new UIDVALIDITY; 0 where there is no such folder.
    @discardableResult
    public func changeUIDValidity(of folder: String, firstUID: UInt32 = 1) -> UInt32 {
        change { state in
            let validity = state.mail.newUIDValidity()
            return state.mail.change(Name(folder)) { folder -> UInt32 in
                folder.renumber(uidValidity: validity, from: firstUID)
                return validity
            } ?? 0
        }
    }

    /// Changes a message under its UID, which no server may do and some do. Nobody is told.
    public func overwrite(_ uid: UInt32, in folder: String, with message: [UInt8]) {
        change { _ = $0.mail.change(Name(folder)) { $0.setBytes(uid, message) } }
    }

    /// Sets the folder's mod-sequence, also backwards, as a restore from an old copy does.
    public func setHighestModSeq(_ value: UInt64, of folder: String) {
        change { _ = $0.mail.change(Name(folder)) { $0.highestModSeq = value } }
    }

    /// Sets the UID that the next message gets; only upwards is harmless.
    public func setUIDNext(_ value: UInt32, of folder: String) {
        change { _ = $0.mail.change(Name(folder)) { $0.uidNext = value } }
    }

    /// Forgets which UIDs were expunged, so that a later VANISHED (EARLIER) lacks them.
    public func forgetExpunged(in folder: String) {
        change { _ = $0.mail.change(Name(folder)) { $0.forgetVanished() } }
    }

    /// Changes what the server claims and accepts, from the next command on; capabilities that a client has read
    /// already stay read. The separator and the first UIDs stay as they were.
    public func reconfigure(_ body: @Sendable (inout ServerConfiguration) -> Void) {
        monitor.withLock { body(&$0.configuration) }
    }
}
