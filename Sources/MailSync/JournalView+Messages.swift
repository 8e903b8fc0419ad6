internal import IMAPValue
public import MailModel

extension JournalView {
    /// What the operations of a message make of it; nil where it is as the server has it.
    public func placement(of message: MessageID) -> Placement? {
        guard let ids = byMessage[message] else { return nil }
        return Placement(ids.compactMap { byID[$0] })
    }

    /// A message as the mount shows it, and its folder there; nil where it is hidden.
    ///
    /// - Parameter truth: as the server has it, in this folder.
    public func shown(_ truth: MessageSummary, in folder: FolderID) -> (MessageSummary, FolderID)? {
        guard let placement = placement(of: truth.id) else { return (truth, folder) }
        return placement.shown(truth, in: folder)
    }

    /// A message as the mount shows it, one that the server does not have yet included; nil where there is nothing to show.
    ///
    /// - Parameter truth: a message as the server has it, and its folder there; nil where it has none, or no longer.
    public func shown(
        _ id: MessageID, truth: (MessageID) -> (MessageSummary, FolderID)?
    ) -> (MessageSummary, FolderID)? {
        if let (summary, folder) = truth(id) { return shown(summary, in: folder) }
        guard let placement = placement(of: id), case .at(let folder, _) = placement.place,
            let base = base(of: id, placement, truth: truth, depth: 0)
        else { return nil }
        return placement.shown(base, in: folder)
    }

    /// The messages that operations bring to a folder, whether or not the server has them there already; ascending.
    public func messages(broughtTo folder: FolderID) -> [MessageID] { (brought[folder] ?? []).sorted() }

    /// What a message that is not on the server will be there before its own changes of flags.
    private func base(
        of id: MessageID, _ placement: Placement, truth: (MessageID) -> (MessageSummary, FolderID)?, depth: Int
    ) -> MessageSummary? {
        switch placement.content {
        case .server: return nil
        case .upload(let upload):
            return MessageSummary(
                id: id, uid: nil, name: [], size: upload.size, sizeIsProven: true, internalDate: upload.internalDate,
                flags: upload.flags, flagsChanged: 0, isCached: true)
        case .copy(let source):
            guard depth < Self.longestChain else { return nil }
            let known =
                truth(source)?.0
                ?? self.placement(of: source).flatMap { base(of: source, $0, truth: truth, depth: depth + 1) }
            guard let known, let copying = operations(of: id).first(where: { $0.change.origin == source }) else {
                return nil
            }
            // The copy gets the flags that its source has when it is made.
            let flags = operations(of: source).filter { $0.id < copying.id && !$0.state.isFailed }
                .reduce(known.flags) { flags, operation in
                    if case .flags(_, let change) = operation.change { change.shown(on: flags) } else { flags }
                }
            return MessageSummary(
                id: id, uid: nil, name: [], size: known.size, sizeIsProven: known.sizeIsProven,
                internalDate: known.internalDate, flags: flags, flagsChanged: 0, isCached: known.isCached)
        }
    }

    /// Copies of copies that are followed.
    private static let longestChain = 64
}

extension Placement {
    fileprivate func shown(_ truth: MessageSummary, in folder: FolderID) -> (MessageSummary, FolderID)? {
        var result = truth
        var home = folder
        switch place {
        case .hidden: return nil
        case .asListed: break
        case .at(let target, let name):
            home = target
            result.name = name
        }
        result.flags = applied(to: truth.flags)
        result.flagsChanged = max(truth.flagsChanged, flagsChanged)
        result.standing = standing
        return (result, home)
    }
}
