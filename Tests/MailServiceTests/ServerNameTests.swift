import IMAPValue
import MailModel
import MailStore
import Testing

@testable import MailService

/// In which form names of folders go to a server that takes them as they are (RFC 6855), and what was made before that was known.
@Suite struct ServerNameTests {
    private static let utf8: Set<String> = ["UTF8=ACCEPT"]

    private func rawNames(_ bench: JournalBench) -> [String] {
        bench.facts.folders.filter { $0.attributes.contains(.pending) }.map {
            String(decoding: $0.rawName, as: UTF8.self)
        }.sorted()
    }

    private func make(_ name: String, in parent: FolderID = .root, _ bench: JournalBench) throws -> FolderID {
        try bench.journal.createFolder(in: parent, name: Array(name.utf8)).folder.id
    }

    /// A mount that begins without a connection knows it from the last one.
    @Test func isKnownWithoutAConnection() throws {
        let bench = try JournalBench()
        #expect(!bench.facts.usesUTF8)
        #expect(bench.facts.offered(bench.facts.capabilities, enabled: Self.utf8))
        #expect(!bench.facts.offered(bench.facts.capabilities, enabled: Self.utf8))
        let next = try AccountFacts(store: bench.store, logger: bench.journal.logger)
        #expect(next.usesUTF8)
        #expect(next.offered(bench.facts.capabilities, enabled: []))
        #expect(try !AccountFacts(store: bench.store, logger: bench.journal.logger).usesUTF8)
    }

    /// The cache was lost, and the setting with it.
    @Test func isSeenInTheNamesOfFolders() throws {
        let bench = try JournalBench()
        _ = try bench.store.insertFolder(
            rawName: Array("Größe".utf8), separator: UInt8(ascii: "/"), attributes: [], specialUse: nil,
            mailboxID: nil, path: [Array("Größe".utf8)], displayName: "Größe")
        #expect(try AccountFacts(store: bench.store, logger: bench.journal.logger).usesUTF8)
    }

    @Test func whatWaitsIsNamedAnew() throws {
        let bench = try JournalBench()
        let made = try make("Zürich", bench)
        _ = try make("R&D", in: made, bench)
        _ = try make("plain", bench)
        _ = try bench.journal.renameFolder(bench.work.id, to: made, name: Array("Größe".utf8))
        #expect(rawNames(bench) == ["Z&APw-rich", "Z&APw-rich/R&-D", "plain"])
        _ = bench.facts.offered(bench.facts.capabilities, enabled: Self.utf8)
        try bench.journal.nameFoldersAnew()
        #expect(rawNames(bench) == ["Zürich", "Zürich/R&D", "plain"])
        #expect(
            bench.waiting.contains {
                if case .renameFolder(bench.work.id, let raw, _) = $0 {
                    raw == Array("Zürich/Größe".utf8)
                } else {
                    false
                }
            })
        #expect(bench.shown.model.paths == ["INBOX", "Zürich", "Zürich/Größe", "Zürich/R&D", "plain"])
        // And back.
        _ = bench.facts.offered(bench.facts.capabilities, enabled: [])
        try bench.journal.nameFoldersAnew()
        #expect(rawNames(bench) == ["Z&APw-rich", "Z&APw-rich/R&-D", "plain"])
        #expect(try make("later", bench) != made)
    }
}
