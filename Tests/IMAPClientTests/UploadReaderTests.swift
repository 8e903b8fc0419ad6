import Foundation
import PosixFile
import Synchronization
import Testing

@testable import IMAPClient

@Suite("A message that is read ahead of the wire")
struct UploadReaderTests {
    /// What was to be run, until the test runs it, and how often it was told that something is there.
    private final class Threads: Sendable {
        private let work = Mutex<[@Sendable () -> Void]>([])
        private let readies = Mutex(0)

        func add(_ piece: @escaping @Sendable () -> Void) { work.withLock { $0.append(piece) } }
        func ready() { readies.withLock { $0 += 1 } }

        var count: Int { work.withLock { $0.count } }
        var readyCount: Int { readies.withLock { $0 } }

        func run() {
            let all = work.withLock { work in
                defer { work = [] }
                return work
            }
            for piece in all { piece() }
        }
    }

    private let threads = Threads()

    private func reader(_ octets: [UInt8], offset: UInt64 = 0, announced: Int? = nil) throws -> UploadReader {
        let place = FileManager.default.temporaryDirectory.appending(path: "upload-\(UUID().uuidString)")
        try Data(octets).write(to: place)
        defer { try? FileManager.default.removeItem(at: place) }
        let threads = threads
        return UploadReader(
            AppendSource(try FileDescriptor(reading: place.path), offset: offset),
            octets: UInt64(announced ?? octets.count - Int(offset)), run: { threads.add($0) },
            ready: { threads.ready() })
    }

    private func octets(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 3) } }

    @Test(
        "the pieces are the message, and nothing is read where they are taken",
        arguments: [1, 65_535, 65_536, 65_537, 3_000_000], [0, 5] as [UInt64])
    func whole(count: Int, offset: UInt64) throws {
        let all = octets(count + Int(offset))
        let reader = try reader(all, offset: offset)
        var taken: [UInt8] = []
        while taken.count < count {
            switch reader.take() {
            case .octets(let piece): taken += piece
            case .notYet:
                #expect(threads.count == 1)
                let told = threads.readyCount
                threads.run()
                #expect(threads.readyCount == told + 1)
            case .missing:
                Issue.record("missing")
                return
            }
        }
        let isSame = taken == Array(all[Int(offset)...])
        #expect(isSame)
    }

    @Test("so much is read ahead and no more, until half of it is gone")
    func bounded() throws {
        let (most, size) = (UploadReader.mostPieces, UploadReader.pieceSize)
        let reader = try reader(octets((3 * most + 1) * size))
        #expect(reader.take() == .notYet)
        threads.run()
        for left in (0..<most).reversed() {
            guard case .octets = reader.take() else {
                Issue.record("too early")
                return
            }
            #expect(threads.count == (left <= most / 2 ? 1 : 0))
        }
        #expect(reader.take() == .notYet && threads.count == 1)
    }

    @Test("a file that is shorter than its message is missing from there on", arguments: [0, 10, 65_536, 100_000])
    func short(count: Int) throws {
        let reader = try reader(octets(count), announced: 300_000)
        #expect(reader.take() == .notYet)
        threads.run()
        #expect(threads.readyCount == 1)
        for _ in 0..<(count / UploadReader.pieceSize) {
            guard case .octets = reader.take() else {
                Issue.record("too early")
                return
            }
        }
        #expect(reader.take() == .missing && reader.take() == .missing && threads.count == 0)
    }

    @Test("nothing is read or told of once it is cancelled")
    func cancelled() throws {
        let reader = try reader(octets(1_000_000))
        #expect(reader.take() == .notYet)
        reader.cancel()
        threads.run()
        #expect(threads.readyCount == 0)
        #expect(reader.take() == .notYet && threads.count == 0)
    }
}
