public import MailModel

/// What a change left to wait for. Changes that need no word of the server leave nothing.
public struct Receipt: Hashable, Sendable {
    public var operations: [OperationID]
    public init(_ operations: [OperationID] = []) { self.operations = operations }
}

/// A change that the server refused, as `status` lists it.
public struct FailedChange: Hashable, Sendable {
    public var id: OperationID
    /// `move`, `copy`, `upload`, `flags`, `delete`, `mkdir`, `rmdir`, `rename`.
    public var operation: String
    /// The path in the mount that it was about.
    public var path: String
    public var error: String

    public init(id: OperationID, operation: String, path: String, error: String) {
        self.id = id
        self.operation = operation
        self.path = path
        self.error = error
    }
}

/// A file that was closed, and that could not be recorded for upload then: that is tried again by itself.
public struct LateUpload: Hashable, Sendable {
    /// In the mount.
    public var path: String
    /// Why, the last time that it was tried.
    public var error: String

    public init(path: String, error: String) {
        self.path = path
        self.error = error
    }
}
