internal import ArgumentParser

/// What a shell offers while a command is typed.
enum Completions {
    /// Accounts of the configuration file.
    static let accounts = CompletionKind.custom { _, _, prefix in offered(accountNames(), to: prefix) }

    /// Mounts, and accounts by whose name they are known as well.
    static let mounts = CompletionKind.custom { _, _, prefix in
        offered(Mounts.own().map(\.mountpoint) + accountNames(), to: prefix)
    }

    /// Nothing where the file is missing or has a mistake: a shell shows no messages while it completes.
    private static func accountNames() -> [String] {
        guard let file = try? ConfigurationFile.ifPresent(nil) else { return [] }
        return file.names
    }

    static func offered(_ words: [String], to prefix: String) -> [String] {
        words.filter { $0.hasPrefix(prefix) }.sorted()
    }
}
