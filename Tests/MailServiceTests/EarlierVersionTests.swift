import Foundation
import Glibc
import InMemoryIMAP
import MailModel
import MailPool
import MailStore
import PosixFile
import Testing

@testable import MailService

/// A draft that waited to be sent, and was written anew when the program ended: what waited may be nowhere else.
@Suite(.serialized) struct EarlierVersionTests {
    enum Cut: CaseIterable { case untouched, emptied, halfWritten, flushed }

    private static let half = Array(Letter.make(33).prefix(40))
    private static let path = "Drafts/letter 31.eml"

    private func rig() throws -> Rig {
        let rig = try Rig.changing()
        rig.server.createFolder("Drafts", specialUse: "\\Drafts")
        rig.server.deliver(Letter.make(31...31), to: "Drafts")
        return rig
    }

    private func write(_ bytes: [UInt8], _ id: MessageID, _ service: MailService) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: service.spoolPath(of: id)))
    }

    private func run(_ rig: Rig, _ body: (MailService, Shown) async throws -> Void) async throws {
        let service = try rig.makeService()
        let shown = Shown()
        try await service.start(observer: shown)
        try await service.waitUntilReady()
        for folder in shown.model.folders.keys { try shown.load(folder, from: service) }
        try await body(service, shown)
        await service.stop()
    }

    /// The draft, whose next version waits, as there is no connection.
    private func waiting(_ rig: Rig, _ service: MailService, _ shown: Shown) async throws -> MessageID {
        let id = try #require(shown.model.id(Self.path))
        try await service.synchronise(paths: [], bodies: true, progress: { _, _ in })
        rig.server.stop()
        try await rig.wait(for: .offline, service)
        _ = try await service.edit(id)
        try write(Letter.make(32), id, service)
        _ = try service.completed(id, isOpen: false, modified: nil)
        return id
    }

    /// A draft whose next version waits, and is written anew when the program ends.
    private func interrupted(_ rig: Rig, _ cut: Cut) async throws {
        try await rig.synchronised { service, shown in
            let id = try await waiting(rig, service, shown)
            _ = try await service.edit(id)
            switch cut {
            case .untouched: break
            case .emptied: try write([], id, service)
            case .halfWritten, .flushed: try write(Self.half, id, service)
            }
            if cut == .flushed { _ = try service.completed(id, isOpen: true, modified: nil) }
        }
        try rig.server.start()
    }

    @Test(arguments: Cut.allCases) func isSent(_ cut: Cut) async throws {
        let rig = try rig()
        try await interrupted(rig, cut)
        let isKept = cut == .halfWritten || cut == .flushed
        for _ in 1...2 {
            try await run(rig) { service, shown in
                #expect(await service.drain(until: .now + .seconds(60)) == 0)
                #expect(rig.letters(in: "Drafts") == [32])
                #expect(shown.model.named(Self.path)?.size == UInt64(Letter.make(32).count))
                #expect(service.failedChanges == [])
                // What had been written is kept for whoever wants it, and nothing of it was sent.
                #expect(service.interruptedChanges.map(\.path) == (isKept ? ["Drafts/letter 31-3.eml"] : []))
                #expect(shown.model.named("Drafts/letter 31-3.eml")?.size == (isKept ? 40 : nil))
            }
        }
    }

    /// The new version is whole, and what was before is needed no more.
    @Test func isDroppedAfterwards() async throws {
        let rig = try rig()
        try await rig.synchronised { service, shown in
            let id = try #require(shown.model.id(Self.path))
            try await service.synchronise(paths: [], bodies: true, progress: { _, _ in })
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            for number in 32...33 {
                _ = try await service.edit(id)
                try write(Letter.make(number), id, service)
                _ = try service.completed(id, isOpen: false, modified: nil)
            }
            #expect(!FileManager.default.fileExists(atPath: service.journal.store.earlierSpoolPath(of: id)))
        }
        try rig.server.start()
        try await run(rig) { service, _ in
            #expect(await service.drain(until: .now + .seconds(60)) == 0)
            #expect(rig.letters(in: "Drafts") == [33])
            #expect(service.interruptedChanges == [] && service.failedChanges == [])
        }
    }

    /// It waits, and a program cannot cut it to write it anew: it goes on waiting as it was.
    @Test func isWhatItWas() async throws {
        let rig = try rig()
        try await rig.synchronised { service, shown in
            let id = try await waiting(rig, service, shown)
            let spool = service.spoolPath(of: id)
            let end = FileFaults.inject(under: spool) { $0 == .truncate && $1 == spool ? ENOSPC : nil }
            await #expect(throws: ServiceError.noSpace) { try await service.edit(id, cutTo: 0) }
            end()
            #expect(!FileManager.default.fileExists(atPath: service.journal.store.earlierSpoolPath(of: id)))
            try rig.server.start()
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Drafts") == [32])
            #expect(service.interruptedChanges == [] && service.failedChanges == [])
        }
    }
}
