import Foundation
import IMAPValue
import InMemoryIMAP
import MailModel
import MailStore
import PosixFile
import Synchronization
import Testing

@testable import MailService

@Suite(.serialized) struct CacheTests {
    @Test func aSecondStartNeedsNoServer() async throws {
        let rig = try Rig(.full)
        rig.server.deliver(Letter.make(1...20), to: "Work")
        let before = Mutex<[MessageSummary]>([])
        try await rig.synchronised { service, shown in
            try await service.expect(Letter.make(3), reading: 3, in: "Work", shown)
            before.withLock { $0 = shown.model.messages(in: "Work") }
        }
        rig.server.stop()
        try await rig.run { service, shown in
            #expect(service.hasCachedFolders)
            let folder = try #require(shown.model.folder("Work"))
            try await service.ensureListed(folder.id)
            try shown.load(folder.id, from: service)
            #expect(shown.model.messages(in: "Work") == before.withLock { $0 })
            try await service.expect(Letter.make(3), reading: 3, in: "Work", shown)
            await #expect(throws: ServiceError.self) { try await service.waitUntilReady() }
            await #expect(throws: ServiceError.offline) { try await service.read(4, in: "Work", shown) }
            try rig.server.start()
            rig.server.deliver(Letter.make(21...21), to: "Work")
            try await shown.wait("what is new") { $0.uids(in: "Work").contains(21) }
            rig.expectEqual(shown)
        }
        #expect(rig.server.observation.fetchedHeaders.count == 21)
    }

    /// HAZARD 106.
    @Test func twoServicesOnOneCache() async throws {
        let rig = try Rig(.full)
        try await rig.synchronised { service, shown in
            #expect(throws: MailStoreError.self) { try rig.makeService() }
        }
        try await rig.makeService().stop()
    }

    /// A full disk fails no read (HAZARD 116).
    @Test(arguments: [0, 300_000, 3_000_000]) func theDiskIsFull(octets: Int) async throws {
        let rig = try Rig(.full, Rig.Options { $0.limits.reserve = 1 << 62 })
        rig.server.deliver(Letter.make(1...5, octets: octets), to: "Work")
        try await rig.synchronised { service, shown in
            for uid in 1...5 {
                try await service.expect(Letter.make(uid, octets: octets), reading: UInt32(uid), in: "Work", shown)
            }
            async let first = service.read(3, in: "Work", shown)
            async let second = service.read(3, in: "Work", shown)
            #expect(try await [first, second] == Array(repeating: Letter.make(3, octets: octets), count: 2))
            #expect(try service.store.statistics().bodies == 0)
            #expect(shown.model.messages(in: "Work").allSatisfy { !$0.isCached })
        }
    }

    /// Whatever call on the cache's files fails, each read is served, and `status` says why nothing is kept.
    @Test(arguments: [ENOSPC, EDQUOT, EIO, EROFS, ENODEV], [0, 300_000])
    func theCacheCannotBeWritten(code: Int32, octets: Int) async throws {
        for call in [FileCall.open, .write, .rename, .makeDirectory] {
            let rig = try Rig(.full)
            rig.server.deliver(Letter.make(1...20, octets: octets), to: "Work")
            try await rig.synchronised { service, shown in
                let release = FileFaults.inject(under: rig.scratch.path + "/cache/bodies") { made, _ in
                    made == call ? code : nil
                }
                try await withThrowingTaskGroup(of: Void.self) { readers in
                    for uid in 1...20 {
                        for _ in 1...2 {
                            readers.addTask {
                                try await service.expect(
                                    Letter.make(uid, octets: octets), reading: UInt32(uid), in: "Work", shown)
                            }
                        }
                    }
                    try await readers.waitForAll()
                }
                // A small body is written in its place, by no rename.
                let isUsed = call != .rename || octets > 0
                if isUsed, call != .makeDirectory { #expect(try await service.status().cacheTrouble != nil) }
                release()
                try await service.expect(Letter.make(7, octets: octets), reading: 7, in: "Work", shown)
            }
        }
    }

    /// Bodies and databases that somebody removes are no reason for an error, and are there again at the next start.
    @Test(arguments: ["cache/bodies", "cache"]) func theCacheIsRemoved(name: String) async throws {
        let rig = try Rig(.full)
        rig.server.deliver(Letter.make(1...10), to: "Work")
        try await rig.synchronised { service, shown in
            for uid in 1...3 { try await service.expect(Letter.make(uid), reading: UInt32(uid), in: "Work", shown) }
            #expect(try await service.status().cacheTrouble == nil)
            try FileManager.default.removeItem(atPath: rig.scratch.path + "/" + name)
            for uid in 1...10 { try await service.expect(Letter.make(uid), reading: UInt32(uid), in: "Work", shown) }
            rig.server.deliver(Letter.make(11...11), to: "Work")
            try await shown.wait("what is new") { $0.uids(in: "Work").contains(11) }
            #expect(try await service.status().cacheTrouble?.contains("index.sqlite") == (name == "cache" ? true : nil))
        }
        rig.server.stop()
        try await rig.run { service, shown in
            let folder = try #require(shown.model.folder("Work"))
            try await service.ensureListed(folder.id)
            try shown.load(folder.id, from: service)
            for uid in 1...10 { try await service.expect(Letter.make(uid), reading: UInt32(uid), in: "Work", shown) }
        }
    }

    /// The cache stays within its bound, and what somebody reads stays readable.
    @Test func theBoundHolds() async throws {
        let rig = try Rig(.full, Rig.Options { $0.limits.bodies = 500_000 })
        rig.server.deliver(Letter.make(1...100, octets: 20_000), to: "Work")
        try await rig.synchronised { service, shown in
            let model = shown.model
            let folder = try #require(model.folder("Work"))
            let first = try await service.body(of: try #require(model.message(1, in: "Work")), in: folder.id)
            var open: [OpenBody] = []
            for uid in 2...100 {
                rig.advanceClock(1)
                let message = try #require(model.message(UInt32(uid), in: "Work"))
                let body = try await service.body(of: message, in: folder.id)
                if uid % 10 == 0 { open.append(body) }
            }
            try await #require(service.running).bodies.rest()
            #expect(service.store.cachedSize <= 500_000)
            #expect(first.bytes == Letter.make(1, octets: 20_000))
            for (index, body) in open.enumerated() {
                #expect(body.bytes == Letter.make((index + 1) * 10, octets: 20_000))
            }
            // What is open is still in the cache, and shown as such; so is what was read last.
            #expect(shown.model.message(1, in: "Work")?.isCached == true)
            #expect(shown.model.message(50, in: "Work")?.isCached == true)
            #expect(shown.model.message(100, in: "Work")?.isCached == true)
            #expect(shown.model.message(2, in: "Work")?.isCached == false)
            try await service.expect(Letter.make(2, octets: 20_000), reading: 2, in: "Work", shown)
        }
    }

    /// Even a cache smaller than one message serves each read.
    @Test func aCacheTooSmallForAnything() async throws {
        let rig = try Rig(.full, Rig.Options { $0.limits.bodies = 1 })
        rig.server.deliver(Letter.make(1...10), to: "Work")
        try await rig.synchronised { service, shown in
            for uid in 1...10 { try await service.expect(Letter.make(uid), reading: UInt32(uid), in: "Work", shown) }
            try await #require(service.running).bodies.rest()
            #expect(service.store.cachedSize <= 2_000)
        }
    }
}
