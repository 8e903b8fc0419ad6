import Fuse
import Glibc
import InMemoryIMAP
import MailViews
import Testing

@testable import MailFS

/// `.views/search`, asked by a test in the place of the kernel.
@Suite("Search view") struct SearchViewTests {
    private let caller = WithoutKernel.caller

    private func lookup(_ files: ViewedFileSystem, _ parent: Inode, _ name: String) async throws -> Entry {
        try await WithoutKernel.outcome(Array(name.utf8).withUnsafeBytes { files.lookup(parent, $0, caller) })
    }

    private func run(_ body: (ViewedFileSystem, MailFileSystem, _ search: Inode) async throws -> Void) async throws {
        let server = try InMemoryServer(.full)
        server.deliver((1...3).map(WithoutKernel.letter), to: "INBOX")
        try await WithoutKernel.run(server) { account, _ in
            let files = ViewedFileSystem(account, account.makeViews(), listsViews: false)
            let views = try await lookup(files, 1, ".views").inode
            try await body(files, account, try await lookup(files, views, "search").inode)
        }
    }

    private func names(_ files: ViewedFileSystem, _ directory: Inode) async throws -> Int {
        let opened = try await WithoutKernel.outcome(files.opendir(directory, flags: O_RDONLY, caller))
        // Behind `.` and `..`.
        var offset: Int64 = 2
        while try await !WithoutKernel.outcome(
            files.readdir(directory, opened.handle, offset: offset, capacity: 4096, plus: false)
        ).isEmpty {
            offset += 1
        }
        try await WithoutKernel.outcome(files.releasedir(directory, opened.handle))
        return Int(offset - 2)
    }

    @Test(
        "a query is a directory of the messages that fit",
        arguments: [("subject:letter", 3), ("is:flagged", 0), ("subject:\"letter 2\"", 1), ("in:INBOX -subject:2", 2)])
    func finds(query: String, count: Int) async throws {
        try await run { files, _, search in
            let directory = try await lookup(files, search, query)
            #expect(directory.attributes.kind == .directory)
            #expect(try await names(files, directory.inode) == count)
            #expect(try await names(files, search) == 0)
        }
    }

    @Test("what is no query is EINVAL", arguments: ["is:purple", "(a", "since:never", "raw:label"])
    func invalid(query: String) async throws {
        try await run { files, account, search in
            await #expect(throws: Errno.invalidArgument) { _ = try await lookup(files, search, query) }
            await #expect(throws: Errno.invalidArgument) {
                _ = try await WithoutKernel.outcome(
                    Array(query.utf8).withUnsafeBytes { files.mkdir(search, $0, mode: 0o700, caller) })
            }
            #expect(account.savedSearches == [])
        }
    }

    @Test("mkdir keeps one, and rmdir keeps it no more") func kept() async throws {
        try await run { files, account, search in
            for query in ["is:unread", "is:unread", "from:mina"] {
                _ = try await WithoutKernel.outcome(
                    Array(query.utf8).withUnsafeBytes { files.mkdir(search, $0, mode: 0o700, caller) })
            }
            #expect(account.savedSearches == ["from:mina", "is:unread"].map { Array($0.utf8) })
            #expect(try await names(files, search) == 2)
            try await WithoutKernel.outcome(
                Array("from:mina".utf8).withUnsafeBytes { files.rmdir(search, $0, caller) })
            #expect(account.savedSearches == [Array("is:unread".utf8)])
            #expect(try await names(files, search) == 1)
        }
    }
}
