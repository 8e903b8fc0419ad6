import Foundation
import Glibc
import PosixFile
import Testing

@testable import MailMountCommands

@Suite struct SecretFileTests {
    private let directory = FileManager.default.temporaryDirectory.appending(path: "secret-\(UUID().uuidString)").path

    private func mode(_ path: String) throws -> Int? {
        try (FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber)?.intValue
    }

    @Test func isForItsOwnerAndReplacedAsAWhole() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let path = directory + "/deep/secret"
        try SecretFile.write(Array("one".utf8), to: path)
        #expect(try mode(path) == 0o600)
        #expect(try mode(directory + "/deep") == 0o700)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        try SecretFile.write(Array("two".utf8), to: path, keepsMode: true)
        #expect(try mode(path) == 0o644)
        try SecretFile.write(Array("three".utf8), to: path)
        #expect(try mode(path) == 0o600)
        #expect(FileManager.default.contents(atPath: path) == Data("three".utf8))
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory + "/deep") == ["secret"])
    }

    /// A file that is not on the disk takes no other's place.
    @Test func aDiskThatFailsLeavesTheOldOne() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let path = directory + "/secret"
        try SecretFile.write(Array("one".utf8), to: path)
        let end = FileFaults.inject(under: path) { call, _ in call == .synchronise ? EIO : nil }
        defer { end() }
        #expect(throws: Failure.self) { try SecretFile.write(Array("two".utf8), to: path) }
        #expect(FileManager.default.contents(atPath: path) == Data("one".utf8))
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["secret"])
    }

    @Test func whatCannotBeWrittenLeavesTheOldOne() throws {
        try FileManager.default.createDirectory(atPath: directory + "/place/sub", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        // A directory is replaced by no file.
        #expect(throws: Failure.self) { try SecretFile.write([1], to: directory + "/place") }
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["place"])
    }
}
