import InMemoryIMAP
import MailModel
import Synchronization
import Testing

@testable import MailService

/// Synchronising several folders, some of which fail.
@Suite(.serialized) struct FolderRunTests {
    private func folders(_ count: Int) -> [Folder] {
        (1...count).map {
            Folder(
                id: FolderID(rawValue: Int64($0)), rawName: Array("f\($0)".utf8), separator: nil, attributes: [],
                specialUse: nil, mailboxID: nil, path: [Array("f\($0)".utf8)], displayName: "f\($0)")
        }
    }

    @Test("as many at once as there are connections, and never more", arguments: [1, 3])
    func width(width: Int) async {
        let running = Mutex((now: 0, most: 0, done: 0))
        let failures = await FolderRun(width: width).run(folders(9)) { _ in
            running.withLock {
                $0.now += 1
                $0.most = max($0.most, $0.now)
            }
            // Until as many run as may.
            for _ in 0..<10_000 where running.withLock({ $0.most < width }) { await Task.yield() }
            running.withLock {
                $0.now -= 1
                $0.done += 1
            }
        }
        #expect(failures.isEmpty)
        #expect(running.withLock { $0.most } == width && running.withLock { $0.done } == 9)
    }

    @Test("one that fails does not keep the others from it, and is named")
    func failures() async {
        let done = Mutex(0)
        let failures = await FolderRun(width: 2).run(folders(7)) { folder in
            if folder.id.rawValue == 2 { throw ServiceError.offline }
            done.withLock { $0 += 1 }
        }
        #expect(done.withLock { $0 } == 6)
        #expect(ServiceError(failures, of: 7) == .unavailable("f2: the connection ended when it was asked for"))
        #expect(ServiceError([], of: 7) == nil)
    }

    @Test("where all fail alike, that is said in a word; of many that do not the first are named")
    func told() {
        let all = folders(8).map { (folder: $0, error: ServiceError.offline as any Error) }
        #expect(ServiceError(all, of: 8) == .offline)
        #expect(ServiceError(all, of: 9) != .offline)
        let mixed = all.dropLast() + [(folder: all[7].folder, error: ServiceError.timedOut as any Error)]
        #expect("\(ServiceError(Array(mixed), of: 8) ?? .gone)".hasSuffix("and 3 more folders"))
    }

    @Test("a folder that ends each connection is named by a sync, which does all others", arguments: [1, 3])
    func poison(connections: Int) async throws {
        let rig = try Rig(.full, Rig.Options { $0.connections = connections })
        for name in ["INBOX", "Work", "Play"] { rig.server.deliver(Letter.make(1...3), to: name) }
        try await rig.synchronised { service, shown in
            rig.server.install(Misbehaviour(on: "EXAMINE", containing: "Work", at: .received, .close))
            for name in ["Work", "Play"] { rig.server.deliver(Letter.make(4...4), to: name) }
            do {
                try await service.synchronise(paths: [], bodies: false, progress: { _, _ in })
                Issue.record("nothing failed")
            } catch {
                #expect("\(error)".contains("Work: "))
            }
            try await shown.wait("the others") { $0.uids(in: "Play") == [1, 2, 3, 4] }
            rig.server.behave()
        }
    }

    @Test("what the server said when it refused to list the folders is told")
    func listRefused() async throws {
        let rig = try Rig(.full)
        rig.server.install(Misbehaviour(on: "LIST", at: .received, .refuse("NO [CONTACTADMIN] come tomorrow")))
        try await rig.run { service, _ in
            do {
                try await service.waitUntilReady()
                Issue.record("it is ready")
            } catch {
                #expect("\(error)".contains("come tomorrow"))
            }
            #expect(rig.server.observation.authenticated <= 8)
        }
    }
}
