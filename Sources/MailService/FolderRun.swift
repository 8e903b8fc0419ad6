internal import MailModel

/// Does the same for several folders, a few at once; one that fails does not keep the others from it.
struct FolderRun {
    /// How many at once; at least 1.
    let width: Int

    /// - Returns: the folders for which it failed, in no order, and why.
    func run(
        _ folders: [Folder], _ work: @escaping @Sendable (Folder) async throws -> Void
    ) async -> [(folder: Folder, error: any Error)] {
        await withTaskGroup(of: (folder: Folder, error: (any Error)?).self) { group in
            var failures: [(folder: Folder, error: any Error)] = []
            var rest = folders[...]
            func beginNext() {
                guard let folder = rest.popFirst() else { return }
                group.addTask {
                    do {
                        try await work(folder)
                        return (folder, nil)
                    } catch {
                        return (folder, error)
                    }
                }
            }
            for _ in 0..<max(1, width) { beginNext() }
            for await (folder, error) in group {
                if let error { failures.append((folder, error)) }
                beginNext()
            }
            return failures
        }
    }
}

extension ServiceError {
    /// What failed for some folders, told with their names; nil where there are none.
    ///
    /// - Parameter count: how many folders it was done for.
    init?(_ failures: [(folder: Folder, error: any Error)], of count: Int) {
        guard let first = failures.first else { return nil }
        let named = failures.map { (name: $0.folder.displayName, error: ServiceError($0.error)) }.sorted {
            $0.name < $1.name
        }
        let told = named.prefix(5).map { name, error in
            "\(name): \(error == .offline ? "the connection ended when it was asked for" : error.description)"
        }
        let more = named.count > 5 ? " and \(named.count - 5) more folders" : ""
        // Where nothing is to be had of any folder, that is said in a word.
        let isAll = count > 1 && named.count == count && named.allSatisfy { $0.error == named[0].error }
        self = isAll ? ServiceError(first.error) : .unavailable(told.joined(separator: "; ") + more)
    }
}
