import Fuse
import InMemoryIMAP
import MailModel
import MailService
import MailTree
import Synchronization
import Testing

@testable import MailFS

/// A change that has to wait first is not made by waiting: its caller may be interrupted until then.
@Suite("Changes that wait, interrupted", .serialized)
struct InterruptedChangeTests {
    enum Change: CaseIterable { case truncation, unlink, rename, rmdir, rmdirOfAFullOne }

    private func server() throws -> InMemoryServer {
        let server = try InMemoryServer(.full)
        server.createFolder("Drafts", specialUse: "\\Drafts")
        server.createFolder("Empty")
        server.createFolder("Work")
        for folder in ["Drafts", "Work"] { server.deliver([WithoutKernel.letter(1)], to: folder) }
        return server
    }

    private func begin(_ change: Change, _ files: MailFileSystem, draft: MessageID) throws -> Fuse.Answer<Void> {
        let folder = { (name: String) in
            try #require(files.tree.withLock { tree in tree.folders.first { $0.displayName == name } }).id
        }
        let work = InodeNumber(try folder("Work")).rawValue
        let inbox = InodeNumber(try folder("INBOX")).rawValue
        switch change {
        case .truncation:
            let answer = files.setattr(
                InodeNumber(draft).rawValue, nil, SetAttributes(size: 0), WithoutKernel.caller)
            guard case .waiting(let wait, let then) = answer else { return .failed(.ioError) }
            return .waiting(for: wait) {
                let then = then()
                return .later { _ = try await WithoutKernel.outcome(then) }
            }
        case .unlink:
            return Array("x.eml".utf8).withUnsafeBytes { files.unlink(work, $0, WithoutKernel.caller) }
        case .rename:
            return Array("x.eml".utf8).withUnsafeBytes { name in
                files.rename(work, name, inbox, name, flags: 0, WithoutKernel.caller)
            }
        case .rmdirOfAFullOne:
            return Array("Work".utf8).withUnsafeBytes { files.rmdir(1, $0, WithoutKernel.caller) }
        case .rmdir:
            return Array("Empty".utf8).withUnsafeBytes { files.rmdir(1, $0, WithoutKernel.caller) }
        }
    }

    @Test("nothing is done", arguments: Change.allCases, [false, true])
    func nothing(_ change: Change, isFast: Bool) async throws {
        let server = try server()
        try await Calls.run(server, isFast: isFast) { calls, _ in
            let files = calls.files
            let drafts = try #require(files.tree.withLock { tree in tree.folders.first { $0.displayName == "Drafts" } })
            try await files.load(drafts.id)
            let draft = try WithoutKernel.first(in: drafts.id, of: files).id
            guard case .waiting(let wait, _) = try begin(change, files, draft: draft) else {
                Issue.record("it does not say that it waits")
                return
            }
            // However far it came.
            try await wait()
            #expect(files.service.pendingChanges == 0)
            #expect(files.service.localFile(draft) == nil)
            // Asked again, it is done.
            switch change {
            case .truncation:
                try await WithoutKernel.outcome(begin(change, files, draft: draft))
                #expect(files.service.localFile(draft)?.size == 0 || files.files.written(draft) != nil)
            case .rmdir: try await WithoutKernel.outcome(begin(change, files, draft: draft))
            case .rmdirOfAFullOne:
                await #expect(throws: Errno.notEmpty) {
                    try await WithoutKernel.outcome(begin(change, files, draft: draft))
                }
            case .unlink, .rename:
                await #expect(throws: Errno.notFound) {
                    try await WithoutKernel.outcome(begin(change, files, draft: draft))
                }
            }
        }
    }
}
