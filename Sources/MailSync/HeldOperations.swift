public import MailModel

/// Operations that are not sent before somebody releases deletions, and that the server's word is not waited for.
public struct HeldOperations: Hashable, Sendable {
    /// The deletions, and what cannot be sent before them: the deletion of their folder, a later change of their message.
    public private(set) var operations: Set<OperationID> = []

    /// Takes time in proportion to the number of operations, where one of them is held.
    ///
    /// - Parameters:
    ///   - operations: the whole journal, ascending.
    ///   - home: the folder where the server has a message; nil where it has none.
    ///   - folder: a folder as the server has it, or as it is to be made.
    public init(
        _ operations: [Operation], home: @escaping (MessageID) -> FolderID?, folder: @escaping (FolderID) -> Folder?
    ) {
        let stopping = operations.filter { operation in
            if case .deleteFolder = operation.change { true } else { operation.isHeld }
        }
        guard stopping.contains(where: \.isHeld) else { return }
        // All others are taken for done.
        var order = SendOrder(stopping, canExpunge: true, home: home, folder: folder)
        for operation in operations where operation.state == .waiting {
            guard operation.isHeld || order.isStopped(operation) else { continue }
            order.pass(operation)
            self.operations.insert(operation.id)
        }
    }
}
