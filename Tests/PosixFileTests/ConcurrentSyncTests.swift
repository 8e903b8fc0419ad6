import Foundation
import PosixFile
import Testing

@Suite("Waiting for the disk for many files")
struct ConcurrentSyncTests {
    private func directory() throws -> String {
        let path = NSTemporaryDirectory() + "sync." + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    @Test("all files are waited for, gone ones passed over", arguments: [0, 1, 2, 100])
    func many(count: Int) throws {
        let directory = try directory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var paths = (0..<count).map { "\(directory)/\($0)" }
        for path in paths { #expect(FileManager.default.createFile(atPath: path, contents: Data([1]))) }
        paths.insert("\(directory)/gone", at: count / 2)
        try ConcurrentSync.synchronise(paths)
    }

    @Test("one that cannot be waited for is not passed over", arguments: [0, 50, 99])
    func failing(index: Int) throws {
        let directory = try directory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let paths = (0..<100).map { "\(directory)/\($0)" }
        for path in paths { #expect(FileManager.default.createFile(atPath: path, contents: nil)) }
        // A symbolic link is not opened.
        try FileManager.default.removeItem(atPath: paths[index])
        try FileManager.default.createSymbolicLink(atPath: paths[index], withDestinationPath: paths[(index + 1) % 100])
        #expect(throws: FileError.self) { try ConcurrentSync.synchronise(paths) }
    }
}
