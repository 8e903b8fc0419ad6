import Foundation
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

    @Test func whatCannotBeWrittenLeavesTheOldOne() throws {
        try FileManager.default.createDirectory(atPath: directory + "/place/sub", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        // A directory is replaced by no file.
        #expect(throws: Failure.self) { try SecretFile.write([1], to: directory + "/place") }
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["place"])
    }
}
