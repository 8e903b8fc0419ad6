import Foundation
import PosixFile
import Testing

@testable import MailService

@Suite("A body that is open")
struct OpenBodyTests {
    private let octets = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 4) }

    @Test("in memory reads like a file")
    func anonymous() throws {
        let file = try #require(AnonymousFile())
        for start in stride(from: 0, to: octets.count, by: 70_000) {
            let piece = octets[start..<min(start + 70_000, octets.count)]
            #expect(piece.withUnsafeBytes { file.write($0) })
        }
        let body = OpenBody(file)
        #expect(body.size == UInt64(octets.count))
        let read = try body.octets()
        let (isSame, isWhole) = (read == octets, file.prefix(.max) == octets)
        #expect(isSame && isWhole && file.prefix(5) == Array(octets[..<5]))
    }

    @Test("of the spool has the octets that are there when it is read, and a duplicate outlives it")
    func spool() throws {
        let place = FileManager.default.temporaryDirectory.appending(path: "body-\(UUID().uuidString)")
        try Data(octets).write(to: place)
        defer { try? FileManager.default.removeItem(at: place) }
        var body: OpenBody? = OpenBody(try FileDescriptor(reading: place.path))
        let all = try body?.octets()
        let isSame = all == octets
        #expect(isSame)
        try FileDescriptor(opening: place.path, O_WRONLY).truncate(to: 10)
        let rest = try body?.octets()
        let isRest = rest == Array(octets[..<10])
        #expect(isRest)
        let duplicate = try body?.duplicate()
        body = nil
        #expect(duplicate?.size == 10)
    }
}
