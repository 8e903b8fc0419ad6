import IMAPValue
import InMemoryIMAP
import MailModel
import MailStore
import Synchronization
import Testing

@testable import MailService

@Suite(.serialized) struct BodyTests {
    private func rig(
        _ messages: ClosedRange<Int> = 1...10, octets: Int = 0, _ configuration: ServerConfiguration = .full,
        _ options: Rig.Options = Rig.Options()
    ) throws -> Rig {
        let rig = try Rig(configuration, options)
        rig.server.deliver(Letter.make(messages, octets: octets), to: "Work")
        return rig
    }

    @Test(arguments: [0, 300 << 10, 3 << 20]) func oneFetchForManyWaiters(octets: Int) async throws {
        let rig = try rig(octets: octets)
        try await rig.synchronised { service, shown in
            let rule = rig.server.install(Misbehaviour(on: "UID FETCH", containing: "BODY.PEEK[]", .stall))
            async let first = service.read(3, in: "Work", shown)
            async let second = service.read(3, in: "Work", shown)
            async let third = service.read(3, in: "Work", shown)
            try await rig.server.waitForFiring(rule)
            rig.server.release(rule)
            let all = try await [first, second, third]
            #expect(all == Array(repeating: Letter.make(3, octets: octets), count: 3))
            try await service.expect(Letter.make(3, octets: octets), reading: 3, in: "Work", shown)
            #expect(rig.server.fetchedBodies == 1)
            #expect(rig.server.flags(of: 3, in: "Work") == [])
            #expect(shown.model.message(3, in: "Work")?.isCached == true)
        }
    }

    /// A body under way comes all the same and is kept; one that is only queued is not asked for.
    @Test func cancelledReadersLeaveNothingBehind() async throws {
        let rig = try rig(1...10)
        try await rig.synchronised { service, shown in
            let folder = try #require(shown.model.folder("Work"))
            let bodies = try #require(service.running).bodies
            let rule = rig.server.install(Misbehaviour(on: "UID FETCH", containing: "BODY.PEEK[]", .stall))
            let read = { (uid: UInt32) in
                let message = try #require(shown.model.message(uid, in: "Work"))
                return Task { _ = try await service.body(of: message, in: folder.id) }
            }
            // Two commands run at most: the last one is queued.
            var readers: [Task<Void, any Error>] = []
            for uid in UInt32(1)...3 {
                readers.append(try read(uid))
                while bodies.waiterCount < readers.count { await Task.yield() }
                if uid < 3 { try await rig.server.waitForFiring(rule, times: Int(uid)) }
            }
            for reader in readers { reader.cancel() }
            for reader in readers { await #expect(throws: CancellationError.self) { try await reader.value } }
            #expect(bodies.waiterCount == 0)
            rig.server.release(rule)
            rig.server.remove(rule)
            try await shown.wait("what was under way") { model in
                [1, 2].allSatisfy { model.message($0, in: "Work")?.isCached == true }
            }
            try await service.expect(Letter.make(5), reading: 5, in: "Work", shown)
            #expect(shown.model.message(3, in: "Work")?.isCached == false)
            #expect(rig.server.fetchedBodies == 3)
        }
    }

    /// Whoever reads in order finds the next ones there.
    @Test func readersInOrderAreServedAhead() async throws {
        let rig = try rig(1...200, octets: 8 << 10)
        try await rig.synchronised { service, shown in
            let folder = try #require(shown.model.folder("Work"))
            for message in shown.model.messages(in: "Work") {
                let all = shown.model.messages(in: "Work")
                service.opened(
                    message.id, in: folder.id, distance: { before in before < message.id ? 1 : nil },
                    upcoming: { after, octets in
                        var left = octets
                        return all.filter { $0.id > after }.prefix { next in
                            defer { left = left > next.size ? left - next.size : 0 }
                            return left > 0
                        }.map { $0 }
                    })
                #expect(try await service.body(of: message, in: folder.id).size == message.size)
            }
            #expect(rig.server.fetchedBodies == 200)
            let commands = rig.server.observation.clientLines.count { $0.contains("BODY.PEEK[]") }
            #expect(commands < 40)
        }
    }

    /// While a batch is fetched ahead, who waits is served over another connection.
    @Test func urgentOvertakesWhatIsFetchedAhead() async throws {
        let rig = try rig(1...50, octets: 100 << 10)
        try await rig.synchronised { service, shown in
            let folder = try #require(shown.model.folder("Work"))
            let all = shown.model.messages(in: "Work")
            let rule = rig.server.install(
                Misbehaviour(on: "UID FETCH", containing: "BODY.PEEK[]", times: 1, .drip))
            let parts = try #require(service.running)
            parts.bodies.fetchAhead(all.compactMap(WantedBody.init), in: folder.id)
            try await rig.server.waitForFiring(rule)
            try await service.expect(Letter.make(45, octets: 100 << 10), reading: 45, in: "Work", shown)
            rig.server.release(rule)
            try await shown.wait("all bodies") { $0.messages(in: "Work").allSatisfy(\.isCached) }
            #expect(rig.server.fetchedBodies == 50)
        }
    }

    enum Oddity: String, CaseIterable, Sendable {
        case absent, empty, missing

        var action: Misbehaviour.Action {
            switch self {
            case .absent: .bodyNIL
            case .empty: .bodyEmpty
            case .missing: .omit("FETCH")
            }
        }
    }

    /// HAZARD 56: nothing where something was announced is not an empty message.
    @Test(arguments: Oddity.allCases) func nothingInsteadOfABody(oddity: Oddity) async throws {
        let rig = try rig()
        try await rig.synchronised { service, shown in
            let rule = rig.server.install(Misbehaviour(on: "UID FETCH", containing: "BODY.PEEK[]", oddity.action))
            await #expect(throws: ServiceError.unavailable("the server gives no text for this message")) {
                try await service.read(3, in: "Work", shown)
            }
            #expect(shown.model.message(3, in: "Work")?.isCached == false)
            rig.server.remove(rule)
            try await service.expect(Letter.make(3), reading: 3, in: "Work", shown)
        }
    }

    @Test(arguments: Oddity.allCases) func nothingOnce(oddity: Oddity) async throws {
        let rig = try rig()
        try await rig.synchronised { service, shown in
            rig.server.install(Misbehaviour(on: "UID FETCH", containing: "BODY.PEEK[]", times: 1, oddity.action))
            try await service.expect(Letter.make(3), reading: 3, in: "Work", shown)
        }
    }

    /// What servers say of a message that another client expunged (HAZARD 19).
    @Test(arguments: ["leftOut", "nilBody", "emptyBody", "madeUp"], [ServerKind.full, .minimal])
    func expungedElsewhere(what: String, kind: ServerKind) async throws {
        var configuration = kind.configuration.without("NOTIFY", "IDLE")
        let values: [String: ServerConfiguration.ExpungedElsewhere] = [
            "leftOut": .leftOut, "nilBody": .nilBody, "emptyBody": .emptyBody, "madeUp": .madeUp,
        ]
        configuration.expungedElsewhere = try #require(values[what])
        let rig = try rig(1...10, octets: 0, configuration)
        try await rig.synchronised { service, shown in
            // The connection has the folder selected and does not know of the loss.
            _ = try await service.read(1, in: "Work", shown)
            rig.server.expunge([3], in: "Work")
            await #expect(throws: ServiceError.gone) { try await service.read(3, in: "Work", shown) }
            try await shown.wait("the loss") { $0.message(3, in: "Work") == nil }
        }
    }

    /// HAZARD 58: truth is the literal's length.
    @Test(arguments: [-100, -1, 1, 5_000]) func sizesThatLie(by difference: Int) async throws {
        var configuration = ServerConfiguration.full
        configuration.sizeLie = { _, size in max(1, size + difference) }
        let rig = try rig(1...10, octets: 1_000, configuration)
        try await rig.synchronised { service, shown in
            for uid in 1...10 {
                try await service.expect(Letter.make(uid, octets: 1_000), reading: UInt32(uid), in: "Work", shown)
            }
            let all = shown.model.messages(in: "Work")
            #expect(
                all.allSatisfy {
                    $0.sizeIsProven && $0.size == UInt64(Letter.make(Int($0.uid?.rawValue ?? 0), octets: 1_000).count)
                })
        }
    }

    /// The answer for another message is never taken for the one that was asked for (HAZARDS 3, 18).
    @Test func theAnswersOfTwoMessagesAreSwapped() async throws {
        let rig = try Rig(.full)
        rig.server.deliver((1...10).map { Letter.make($0, octets: 1_000 * $0) }, to: "Work")
        try await rig.synchronised { service, shown in
            let rule = rig.server.install(
                Misbehaviour(on: "UID FETCH", containing: "BODY.PEEK[]", .swapMessages(3, 4)))
            await withTaskGroup(of: Void.self) { group in
                for uid in 1...10 {
                    group.addTask {
                        let bytes = try? await service.read(UInt32(uid), in: "Work", shown)
                        #expect(bytes == nil || bytes == Letter.make(uid, octets: 1_000 * uid))
                    }
                }
            }
            rig.server.remove(rule)
            try await service.expect(Letter.make(3, octets: 3_000), reading: 3, in: "Work", shown)
        }
    }

    @Test(arguments: [2_000, 600 << 10]) func aLiteralCutShortLeavesNothing(octets: Int) async throws {
        let rig = try rig(1...10, octets: octets)
        try await rig.synchronised { service, shown in
            let rule = rig.server.install(Misbehaviour(on: "UID FETCH", containing: "BODY.PEEK[]", .cutLiteral))
            await #expect(throws: ServiceError.offline) { try await service.read(3, in: "Work", shown) }
            #expect(try service.store.statistics().bodies == 0)
            rig.server.remove(rule)
            try await service.expect(Letter.make(3, octets: octets), reading: 3, in: "Work", shown)
        }
    }

    /// HAZARD 81: an announced terabyte costs the connection, and its batch nothing else.
    @Test func anEnormousLiteral() async throws {
        let rig = try rig()
        try await rig.synchronised { service, shown in
            let before = ResidentSize.octets
            rig.server.install(Misbehaviour(on: "UID FETCH", containing: "FETCH 3 (", .hugeLiteral))
            for several in [":", ","] {
                rig.server.install(Misbehaviour(on: "UID FETCH", containing: several, .hugeLiteral))
            }
            await withTaskGroup(of: Void.self) { group in
                for uid in 1...10 {
                    group.addTask {
                        let bytes = try? await service.read(UInt32(uid), in: "Work", shown)
                        #expect(bytes == (uid == 3 ? nil : Letter.make(uid)))
                    }
                }
            }
            await #expect(throws: ServiceError.self) { try await service.read(3, in: "Work", shown) }
            #expect(ResidentSize.octets < before + (128 << 20))
        }
    }

    /// HAZARD 57: a message that fails its whole batch is found by halving.
    @Test func oneBadMessageInABatch() async throws {
        let rig = try rig(1...20)
        try await rig.synchronised { service, shown in
            let folder = try #require(shown.model.folder("Work"))
            rig.server.install(
                Misbehaviour(
                    on: "UID FETCH", containing: "BODY.PEEK[]",
                    .alter { answer in
                        guard answer.untagged.contains(where: { Letter.contains($0, "letter 7\r\n") }) else { return }
                        answer.untagged = []
                        answer.completion = "NO [UNAVAILABLE] One of them is broken"
                    }))
            let all = shown.model.messages(in: "Work")
            try #require(service.running).bodies.fetchAhead(all.compactMap(WantedBody.init), in: folder.id)
            for message in all {
                let bytes = try? await service.body(of: message, in: folder.id).bytes
                #expect(bytes == (message.uid?.rawValue == 7 ? nil : Letter.make(Int(message.uid?.rawValue ?? 0))))
            }
            await #expect(throws: ServiceError.busy("One of them is broken")) {
                try await service.read(7, in: "Work", shown)
            }
        }
    }

    @Test func largerThanAnyMessageMayBe() async throws {
        let rig = try rig(1...3, octets: 50_000, .full, Rig.Options { $0.literal = 20_000 })
        try await rig.synchronised { service, shown in
            await #expect(throws: ServiceError.tooLarge(limit: 20_000)) {
                try await service.read(3, in: "Work", shown)
            }
            #expect(rig.server.fetchedBodies == 0)
        }
    }

    /// Announced as small, sent as large: the message fails and the account does not.
    @Test func largerThanAnnounced() async throws {
        var configuration = ServerConfiguration.full
        configuration.sizeLie = { uid, size in uid == 3 ? 100 : size }
        let rig = try Rig(configuration, Rig.Options { $0.literal = 20_000 })
        rig.server.deliver([Letter.make(1), Letter.make(2), Letter.make(3, octets: 50_000)], to: "Work")
        try await rig.synchronised { service, shown in
            await #expect(throws: ServiceError.self) { try await service.read(3, in: "Work", shown) }
            try await service.expect(Letter.make(2), reading: 2, in: "Work", shown)
        }
    }

    /// RFC822.SIZE near the end of the number's range does no harm.
    @Test func sizesBeyondMeasure() async throws {
        let rig = try rig(1...5)
        rig.server.install(
            Misbehaviour(
                on: "UID FETCH", containing: "RFC822.SIZE",
                .alter { answer in
                    answer.untagged = answer.untagged.map { line in
                        let text = String(decoding: line, as: UTF8.self)
                        guard let range = text.firstRange(of: "RFC822.SIZE ") else { return line }
                        let rest = text[range.upperBound...].drop { $0.isNumber }
                        return Array((text[..<range.upperBound] + "18446744073709551615" + rest).utf8)
                    }
                }))
        try await rig.run { service, shown in
            try await service.waitUntilReady()
            try await #require(service.running).steward.rest()
            try? await service.synchronise(paths: [], bodies: true, progress: { _, _ in })
            for message in shown.model.messages(in: "Work") {
                let folder = try #require(shown.model.folder("Work"))
                _ = try? await service.body(of: message, in: folder.id)
            }
        }
    }

    @Test func allBodiesOnDemand() async throws {
        let rig = try rig(1...700)
        try await rig.synchronised { service, shown in
            let last = Mutex(0)
            try await service.synchronise(paths: ["Work"], bodies: true) { done, _ in last.withLock { $0 = done } }
            #expect(last.withLock { $0 } == 700)
            #expect(rig.server.fetchedBodies == 700)
            #expect(shown.model.messages(in: "Work").allSatisfy { $0.isCached })
        }
    }

    /// Whoever waits when the account is given up is told so.
    @Test(arguments: [Misbehaviour.Action.stall]) func stopWakesEveryWaiter(action: Misbehaviour.Action) async throws {
        let rig = try rig(1...60)
        let service = try rig.makeService()
        let shown = Shown()
        try await service.start(observer: shown)
        try await service.waitUntilReady()
        try await rig.settle(service, shown)
        let rule = rig.server.install(Misbehaviour(on: "UID FETCH", containing: "BODY.PEEK[]", action))
        let readers = (1...60).map { uid in
            Task { try await service.read(UInt32(uid), in: "Work", shown) }
        }
        try await rig.server.waitForFiring(rule)
        await service.stop()
        for reader in readers {
            await #expect(throws: (any Error).self) { try await reader.value }
        }
    }

    /// What comes before the mailbox is known may be of another one, and look the same from outside.
    @Test func noBodyOfAnotherMailbox() async throws {
        // One connection reads, and has another folder open.
        let rig = try Rig(.full.without("NOTIFY", "OBJECTID"), Rig.Options { $0.connections = 2 })
        rig.server.deliver(Letter.twin("a"), to: "Work")
        rig.server.deliver(Letter.make(2), to: "Other")
        try await rig.synchronised { service, shown in
            try await service.expect(Letter.make(2), reading: 1, in: "Other", shown)
            rig.server.install(
                Misbehaviour(
                    on: "EXAMINE", containing: "Work", times: 1, .substitute("[UIDVALIDITY 17", "[UIDVALIDITY 18")))
            let rule = rig.server.install(
                Misbehaviour(on: "UID FETCH", containing: "BODY.PEEK[]", times: 1, .body(Letter.twin("b"))))
            _ = try? await service.read(1, in: "Work", shown)
            try await rig.server.waitForFiring(rule)
            try await rig.settle(service, shown)
            try await service.expect(Letter.twin("a"), reading: 1, in: "Work", shown)
        }
    }
}
