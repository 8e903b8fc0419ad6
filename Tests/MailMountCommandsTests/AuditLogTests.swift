import Foundation
import Fuse
import Logging
import MailFS
import Testing

@testable import MailMountCommands

/// A line of JSON for each record, behind what is there.
@Suite("Audit log") struct AuditLogTests {
    private let path = FileManager.default.temporaryDirectory.path + "/audit-\(UUID().uuidString)"

    private func lines() throws -> [[String: Any]] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map {
            try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
    }

    @Test func everyRecordIsALine() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        var record = AuditRecord(
            call: "rename", caller: Caller(uid: 7, gid: 8, pid: 9), program: "a\"b", path: Array("IN/x\n.eml".utf8),
            detail: [0x41, 0xff], message: AuditRecord.Message(mailbox: "Größe", uid: 12))
        for _ in 0..<2 { try AuditLog(path: path, logger: Logger(label: "test")).write(record) }
        record.error = .readOnlyFileSystem
        record.message = nil
        try AuditLog(path: path, logger: Logger(label: "test")).write(record)
        let lines = try lines()
        #expect(lines.count == 3)
        #expect(lines.map { $0["outcome"] as? String } == ["done", "done", "EROFS"])
        #expect(lines[0]["process"] as? String == "a\"b")
        #expect(lines[0]["path"] as? String == "IN/x\n.eml")
        #expect(lines[0]["detail"] as? String == "A\u{FFFD}")
        #expect(lines[0]["pid"] as? Int == 9)
        #expect((lines[0]["message"] as? [String: Any])?["mailbox"] as? String == "Größe")
        #expect(lines[2]["message"] == nil)
        let time = try #require(lines[0]["time"] as? String)
        #expect(time.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test func aPlaceWhereNoFileCanBeIsAnError() {
        #expect(throws: Failure.self) { try AuditLog(path: "/nonexistent/audit", logger: Logger(label: "test")) }
    }
}
