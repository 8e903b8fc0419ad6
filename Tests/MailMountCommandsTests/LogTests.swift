import Foundation
import Logging
import Testing

@testable import MailMountCommands

@Suite(.serialized) struct LogTests {
    @Test func journalLinesBeginWithTheirPriority() {
        let line = { (level: Logger.Level) in
            LogOutput.line(level, "two\nlines", source: "MailFS", label: "mailmount", form: .prioritised)
        }
        #expect(line(.error) == "<3>two | lines\n")
        #expect(line(.notice) == "<5>two | lines\n")
        #expect(line(.trace) == "<7>two | lines\n")
    }

    @Test func otherLinesBeginWithTheTime() {
        let line = LogOutput.line(.notice, "online", source: "MailService", label: "mailmount", form: .timed)
        #expect(line.contains(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4} notice mailmount: \[MailService\] online\n$/))
    }

    @Test func onlyTheStreamThatSystemdNamedIsTheJournal() throws {
        let name = try #require(LogOutput.name(of: STDERR_FILENO))
        #expect(LogOutput.isJournal(environment: ["JOURNAL_STREAM": name]))
        #expect(!LogOutput.isJournal(environment: ["JOURNAL_STREAM": name + "1"]))
        #expect(!LogOutput.isJournal(environment: ["JOURNAL_STREAM": "8"]))
        #expect(!LogOutput.isJournal(environment: [:]))
    }

    @Test func aFullLogStartsAnewBesideTheOldOne() throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("mailmount-log-\(getpid())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let path = directory.appendingPathComponent("mailmount.log").path
        // The file takes the place of standard error, which the test gives back.
        let before = dup(STDERR_FILENO)
        defer { close(before) }
        let slot = LogFileSlot()
        slot.set(LogFile(path: path, limit: 2_000))
        let output = LogOutput(label: "mailmount", level: .notice, form: .timed, file: slot)
        for number in 0..<100 {
            output.log(
                event: LogEvent(
                    level: .notice, message: "line \(number)", metadata: nil, source: "Test", file: "", function: "",
                    line: 0))
        }
        dup2(before, STDERR_FILENO)
        let new = try String(contentsOfFile: path, encoding: .utf8)
        let old = try String(contentsOfFile: path + ".1", encoding: .utf8)
        #expect(new.utf8.count < 2_200 && old.utf8.count < 2_200)
        let numbers = (old + new).split(separator: "\n").compactMap {
            $0.split(separator: " ").last.flatMap { Int($0) }
        }
        #expect(numbers.last == 99)
        #expect(numbers == Array((numbers.first ?? 0)...99))
    }
}
