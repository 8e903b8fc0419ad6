import Fuse
import InMemoryIMAP
import MailModel
import MailService
import MailTree
import MailViews
import Synchronization
import Testing

@testable import MailFS

/// `.views/threads`, of an account on a server.
@Suite("Thread view") struct ThreadViewTests {
    private func letter(_ subject: String, _ id: String, after earlier: String = "") -> [UInt8] {
        let references = earlier.isEmpty ? "" : "References: \(earlier)\r\n"
        return Array("Subject: \(subject)\r\nMessage-ID: <\(id)@x>\r\n\(references)\r\nText.\r\n".utf8)
    }

    private func run(_ server: InMemoryServer, _ body: (LinkGroup, MailFileSystem) async throws -> Void) async throws {
        try await WithoutKernel.run(server) { account, _ in
            try await body(LinkGroup(account, .thread, depth: 2), account)
        }
    }

    /// The messages of the conversation about something.
    private func messages(_ threads: LinkGroup, _ subject: String) async throws -> [String] {
        var found: [String] = []
        for name in try await threads.shownNames where name.hasPrefix(subject + ".") {
            found += try await threads.messages(name) ?? []
        }
        return found.sorted()
    }

    private func expect(
        _ threads: LinkGroup, _ subject: String, _ expected: [String], at location: SourceLocation = #_sourceLocation
    ) async throws {
        let found = try await messages(threads, subject)
        #expect(found == expected, sourceLocation: location)
    }

    @Test("a conversation goes over folders, whoever is by himself has one too") func folders() async throws {
        let server = try InMemoryServer(.full)
        server.deliver([letter("Berths", "a"), letter("Regatta", "z"), letter("Berths", "q")], to: "INBOX")
        server.deliver(letter("Re: Berths", "b", after: "<a@x>"), to: "Sent")
        server.deliver(letter("AW: Re: Berths", "c", after: "<a@x> <b@x>"), to: "Work/Old")
        try await run(server) { threads, _ in
            let names = try await threads.shownNames
            #expect(names.map { $0.dropLast(7) } == ["Berths", "Berths", "Regatta"] && Set(names).count == 3)
            try await expect(threads, "Regatta", ["INBOX Regatta"])
            try await expect(
                threads, "Berths", ["INBOX Berths", "INBOX Berths", "Sent Re-Berths", "Work/Old AW-Re-Berths"])
            let nothing = try await threads.lookup(Array("Berths.000000".utf8))
            #expect(nothing == nil)
        }
    }

    @Test("an answer arrives under the name that the conversation has, and it alone is asked for")
    func arrives() async throws {
        let server = try InMemoryServer(.full)
        server.deliver(letter("Re: Berths", "b", after: "<a@x>"), to: "INBOX")
        try await run(server) { threads, _ in
            try await expect(threads, "Berths", ["INBOX Re-Berths"])
            let names = try await threads.shownNames
            server.clearObservation()
            server.deliver(letter("Other words", "c", after: "<a@x>"), to: "INBOX")
            let deadline = ContinuousClock.now + .seconds(20)
            while try await messages(threads, "Berths").count < 2 {
                try #require(ContinuousClock.now < deadline, "the answer")
                await Task.yield()
            }
            let after = try await threads.shownNames
            #expect(after == names)
            let fetches = server.observation.clientLines.filter { $0.contains("REFERENCES") }
            // The headers of the listing, and these two.
            #expect(fetches.count == 1)
        }
    }

    @Test("it follows its messages into other folders, and goes with the last") func moves() async throws {
        let server = try InMemoryServer(.full)
        server.deliver([letter("Berths", "a"), letter("Re: Berths", "b", after: "<a@x>")], to: "INBOX")
        server.createFolder("Archive")
        try await WithoutKernel.run(server) { account, inbox in
            let threads = LinkGroup(account, .thread, depth: 2)
            try await expect(threads, "Berths", ["INBOX Berths", "INBOX Re-Berths"])
            let first = try WithoutKernel.moveFirst(of: inbox, to: "Archive", account)
            try await expect(threads, "Berths", ["Archive Berths", "INBOX Re-Berths"])
            _ = try account.service.delete(first)
            try await expect(threads, "Berths", ["INBOX Re-Berths"])
            _ = try account.service.delete(try WithoutKernel.first(in: inbox, of: account).id)
            let names = try await threads.shownNames
            #expect(names.isEmpty)
        }
    }

    @Test("a directory is as old as its newest message, and takes no changes") func dated() async throws {
        let server = try InMemoryServer(.full)
        server.deliver(letter("Berths", "a"), to: "INBOX", internalDate: 1_700_000_000)
        server.deliver(letter("Re: Berths", "b", after: "<a@x>"), to: "Sent", internalDate: 1_600_000_000)
        try await run(server) { threads, account in
            let name = try #require(try await threads.shownNames.first)
            guard case .directory(let directory)? = try await threads.lookup(Array(name.utf8)) else {
                Issue.record("no directory")
                return
            }
            #expect(directory.modified == 1_700_000_000 && !directory.isChangeable && !threads.isChangeable)
            let link = try await directory.listing().name(0)
            await #expect(throws: Errno.readOnlyFileSystem) { try await directory.removeLink(Array(link)) }
            let files = ViewedFileSystem(account, account.makeViews(), listsViews: false)
            let entry = try await WithoutKernel.found(files, [".views", "threads", name])
            #expect(entry.attributes.kind == .directory && entry.attributes.modified == 1_700_000_000)
        }
    }
}
