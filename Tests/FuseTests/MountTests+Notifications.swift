import Foundation
import Testing

@testable import Fuse

extension MountTests {
    /// Repeats until the output is as expected; false at the deadline.
    private func becomes(_ expected: [String], _ script: String, _ folder: String) throws -> Bool {
        let end = Deadline.end
        while Date() < end {
            if try Client.run(script, folder).lines == expected { return true }
        }
        return false
    }

    @Test("shows a new name to ls and to an open that had failed", arguments: ["announce", "announce-all"])
    func newEntry(announcement: String) throws {
        try Server.with { server, folder in
            let look = "ls $1/folder; cat $1/folder/new"
            let before = try Client.run(look, folder).lines
            #expect(before.first == "old" && before.count == 2)
            try server.command("add new")
            // The kernel believes what it has cached, also that there is no such name.
            #expect(try Client.run(look, folder).lines == before)
            try server.command(announcement + " new")
            #expect(try becomes(["new", "old", "new"], "ls $1/folder; cat $1/folder/new", folder))
        }
    }

    @Test("hides a name that is gone")
    func deletedEntry() throws {
        try Server.with { server, folder in
            #expect(try Client.run("ls $1/folder; cat $1/folder/old", folder).lines == ["old", "old"])
            try server.command("remove old")
            #expect(try becomes(["gone"], "ls $1/folder; test -e $1/folder/old || echo gone", folder))
        }
    }

    @Test("shows changed content to the next reader")
    func changedContent() throws {
        try Server.with { server, folder in
            #expect(try Client.run("cat $1/changing", folder).lines == ["version 1"])
            try server.command("change")
            #expect(try Client.run("cat $1/changing", folder).lines == ["version 1"])
            try server.command("announce-change")
            #expect(try becomes(["version 2"], "cat $1/changing", folder))
        }
    }
}
