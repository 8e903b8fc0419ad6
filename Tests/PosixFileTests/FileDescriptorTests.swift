import Foundation
import PosixFile
import Testing

@Suite("File descriptors")
struct FileDescriptorTests {
    private let path = NSTemporaryDirectory() + "open." + UUID().uuidString

    private func withFile(_ body: (FileDescriptor) throws -> Void) throws {
        defer { FileNames.remove(path) }
        try body(try FileDescriptor(opening: path, O_RDWR | O_CREAT | O_EXCL))
    }

    @Test("what was written is read, whole, by pieces and from the beginning", arguments: [0, 1, 262_144, 262_145])
    func whole(count: Int) throws {
        try withFile { file in
            let octets = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            try octets.withUnsafeBytes { try file.write($0) }
            #expect(file.size == UInt64(count))
            #expect(try file.contents() == octets)
            #expect(try file.prefix(1_000) == Array(octets.prefix(1_000)))
            let other = path + ".other"
            defer { FileNames.remove(other) }
            try Data([9, 9, 9]).write(to: URL(fileURLWithPath: other))
            let copy = try FileDescriptor(opening: other, O_RDWR)
            #expect(try copy.take(contentOf: file) == UInt64(count))
            #expect(try copy.contents() == octets)
            // Through another descriptor of it: nothing is lost on the way.
            let same = try FileDescriptor(opening: other, O_RDWR)
            #expect(try same.take(contentOf: copy) == UInt64(count))
            #expect(try copy.contents() == octets)
        }
    }

    @Test("positions beyond what a file can have are errors")
    func positions() throws {
        try withFile { file in
            #expect(throws: FileError.self) { try file.truncate(to: .max) }
            #expect(throws: FileError.self) {
                try ([1] as [UInt8]).withUnsafeBytes { try file.write($0, at: UInt64(Int64.max)) }
            }
        }
    }

    @Test("only the file itself is opened, and only one may lock it")
    func opening() throws {
        try withFile { file in
            let link = path + ".link"
            defer { FileNames.remove(link) }
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
            #expect(throws: FileError(.open, link, code: ELOOP)) { try FileDescriptor(reading: link) }
            #expect(try file.lock())
            #expect(try !FileDescriptor(reading: path).lock())
        }
    }

    @Test("a fault is that of the call, the path and the time it was asked for", arguments: FileCall.allCases)
    func faults(call: FileCall) throws {
        try withFile { file in
            let attempts: [(FileCall, () throws -> Void)] = [
                (.open, { _ = try FileDescriptor(reading: path) }), (.read, { _ = try file.prefix(1) }),
                (.write, { try ([1] as [UInt8]).withUnsafeBytes { try file.write($0) } }),
                (.truncate, { try file.truncate(to: 1) }),
                (.synchronise, { try file.synchronise() }), (.setMode, { try file.setMode(0o600) }),
                (.status, { _ = try file.status() }), (.lock, { _ = try file.lock() }),
                (.rename, { try FileNames.rename(path, to: path) }),
            ]
            try file.truncate(to: 1)
            for (made, attempt) in attempts {
                try FileFaults.injecting(under: path, { asked, _ in asked == call ? ENOSPC : nil }) {
                    if made == call, call != .status {
                        #expect(throws: FileError(call, path, code: ENOSPC)) { try attempt() }
                    } else if made != call, call != .status {
                        try attempt()
                    }
                }
                try attempt()
            }
        }
    }
}
