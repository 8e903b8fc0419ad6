import Fuse
import InMemoryIMAP
import MailModel
import MailService
import MailTree
import MailViews
import Synchronization
import Testing

@testable import MailFS

/// `.views/from`, of an account on a server.
@Suite("Sender view") struct SenderViewTests {
    private func letter(_ subject: String, from author: String) -> [UInt8] {
        Array("From: \(author)\r\nSubject: \(subject)\r\nMessage-ID: <\(subject)@x>\r\n\r\nText.\r\n".utf8)
    }

    private func run(_ server: InMemoryServer, _ body: (LinkGroup, MailFileSystem, FolderID) async throws -> Void)
        async throws
    {
        try await WithoutKernel.run(server) { account, inbox in
            try await body(LinkGroup(account, .sender, depth: 2), account, inbox)
        }
    }

    private func expect(
        _ from: LinkGroup, _ names: [String], at location: SourceLocation = #_sourceLocation
    ) async throws {
        let found = try await from.shownNames
        #expect(found == names, sourceLocation: location)
    }

    private func expect(
        _ from: LinkGroup, _ name: String, _ messages: [String]?, at location: SourceLocation = #_sourceLocation
    ) async throws {
        let found = try await from.messages(name)
        #expect(found == messages, sourceLocation: location)
    }

    /// Until it is so; looked at all the time.
    private func wait(_ what: String, until condition: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while try await !condition() {
            try #require(ContinuousClock.now < deadline, "\(what)")
            await Task.yield()
        }
    }

    @Test("each author has a directory, in lower case, and is found in any case") func authors() async throws {
        let server = try InMemoryServer(.full)
        server.deliver(
            [
                letter("one", from: "Mina <Mina@Example.org>"), letter("two", from: "mina@example.org"),
                letter("three", from: "Jo <jo@x>, \"Okafor, Mina\" <mina@example.org>"),
                letter("four", from: "\"a/b\"@x"), letter("five", from: "=?utf-8?q?ann=40x?="),
                Array("To: nobody@x\r\nSubject: six\r\n\r\nText.\r\n".utf8),
            ], to: "INBOX")
        try await run(server) { from, _, _ in
            try await expect(from, ["\"a%2Fb\"@x", "jo@x", "mina@example.org"])
            for name in ["mina@example.org", "MINA@Example.ORG"] {
                try await expect(from, name, ["INBOX one", "INBOX three", "INBOX two"])
            }
            try await expect(from, "jo@x", ["INBOX three"])
            for name in ["nobody@x", "ann@x"] { try await expect(from, name, nil) }
        }
    }

    @Test("what arrives is there, and what another client deletes is gone") func arrives() async throws {
        let server = try InMemoryServer(.full)
        server.deliver(letter("one", from: "jo@x"), to: "INBOX")
        try await run(server) { from, _, _ in
            try await expect(from, "jo@x", ["INBOX one"])
            let uid = server.deliver(letter("two", from: "Jo <JO@x>, ann@x"), to: "INBOX")
            try await wait("the new message") { try await from.messages("ann@x") != nil }
            try await expect(from, "jo@x", ["INBOX one", "INBOX two"])
            try await expect(from, ["ann@x", "jo@x"])
            server.expunge(uid, in: "INBOX")
            try await wait("the old message alone") { try await from.messages("ann@x") == nil }
            try await expect(from, "jo@x", ["INBOX one"])
            try await expect(from, ["jo@x"])
        }
    }

    @Test("a message is followed into another folder, and gone when it is deleted") func moves() async throws {
        let server = try InMemoryServer(.full)
        server.deliver([letter("one", from: "jo@x"), letter("two", from: "jo@x")], to: "INBOX")
        server.createFolder("Archive")
        try await run(server) { from, account, inbox in
            try await expect(from, "jo@x", ["INBOX one", "INBOX two"])
            let first = try WithoutKernel.moveFirst(of: inbox, to: "Archive", account)
            try await expect(from, "jo@x", ["Archive one", "INBOX two"])
            _ = try account.service.delete(first)
            try await expect(from, "jo@x", ["INBOX two"])
            _ = try account.service.delete(try WithoutKernel.first(in: inbox, of: account).id)
            try await expect(from, "jo@x", nil)
            try await expect(from, [])
        }
    }

    @Test("messages of all folders, one name of two of them with a number") func folders() async throws {
        let server = try InMemoryServer(.full)
        for folder in ["INBOX", "Archive", "Work/Old"] { server.deliver(letter("one", from: "jo@x"), to: folder) }
        server.deliver(letter("two", from: "ann@x"), to: "Work/Old")
        try await run(server) { from, _, _ in
            try await expect(from, "jo@x", ["Archive one", "INBOX one", "Work/Old one"])
            try await expect(from, "ann@x", ["Work/Old two"])
            guard case .directory(let directory)? = try await from.lookup(Array("jo@x".utf8)) else {
                Issue.record("no directory")
                return
            }
            let listing = try await directory.listing()
            #expect(Set((0..<listing.count).map { Array(listing.name($0)) }).count == 3)
        }
    }
}

extension LinkGroup {
    /// Of its directories.
    var shownNames: [String] {
        get async throws {
            let listing = try await listing()
            return (0..<listing.count).map { String(decoding: listing.name($0), as: UTF8.self) }
        }
    }

    /// The messages that a directory of links leads to, by folder and subject; nil where there is none of that name.
    func messages(_ name: String) async throws -> [String]? {
        guard case .directory(let directory)? = try await lookup(Array(name.utf8)) else { return nil }
        let listing = try await directory.listing()
        var found: [String] = []
        for index in 0..<listing.count {
            guard case .link(let link)? = try await directory.lookup(Array(listing.name(index))) else { continue }
            let path = String(decoding: link.target, as: UTF8.self).dropFirst("../../../".count).split(separator: "/")
            let subject = path.last?.split(separator: ".").first?.split(separator: "_").last ?? ""
            found.append(path.dropLast().joined(separator: "/") + " " + subject)
        }
        return found.sorted()
    }
}
