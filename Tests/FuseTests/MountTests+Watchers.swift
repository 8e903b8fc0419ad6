import Foundation
import Testing

@testable import Fuse

/// inotifywait(1) is of the packages that tests need.
private let canWatch = FileManager.default.isExecutableFile(atPath: "/usr/bin/inotifywait")

extension MountTests {
    /// A program that watches `folder`, which it has listed.
    private func watcher(of folder: String) throws -> Client {
        let client = try Client("ls $1/folder; exec inotifywait -m --format '%e %f' $1/folder", [folder])
        try client.waitFor("Watches established.")
        return client
    }

    @Test(
        "tells watchers of names that come and go by themselves, without asking the file system", .enabled(if: canWatch)
    )
    func watchers() throws {
        try Server.with { server, folder in
            let client = try watcher(of: folder)
            defer { client.signal(SIGKILL) }
            try server.command("add new")
            try server.command("announce new")
            try client.waitFor("CREATE new")
            try server.command("remove old")
            try client.waitFor("DELETE old")
            // The file is what it was, and the calls have made and removed nothing.
            #expect(
                try Client.run("ls $1/folder; cat $1/folder/new; stat -c %h $1/folder/new", folder).lines == [
                    "new", "new", "1",
                ])
            try server.command("remove new")
            try client.waitFor("DELETE new")
            // Announced, and not there: nothing is told, and nothing is made.
            try server.command("announce never")
            try server.command("add again")
            try server.command("announce again")
            try client.waitFor("CREATE again")
            #expect(try Client.run("ls $1/folder", folder).lines == ["again"])
            let counts = try server.counts()
            #expect(counts["mknod"] == nil && counts["unlink"] == nil)
        }
    }

    @Test("ends when it is killed while it makes a call of its own", .enabled(if: canWatch))
    func killedWhileTelling() throws {
        try Server.with { server, folder in
            let client = try watcher(of: folder)
            defer { client.signal(SIGKILL) }
            try server.command("add held")
            try server.command("announce held")
            try server.waitFor("holding")
            server.signal(SIGKILL)
            #expect(try server.waitForExit() == SIGKILL)
            #expect(try Client.run("ls $1", folder).status != 0)
        }
    }

    @Test("ends while watchers are told", .enabled(if: canWatch))
    func unmountWhileTelling() throws {
        try Server.with { server, folder in
            let client = try watcher(of: folder)
            defer { client.signal(SIGKILL) }
            for number in 0..<300 { try server.command("add \(number)") }
            for number in 0..<300 { try server.command("announce \(number)") }
            try client.waitFor("CREATE 5")
            try server.send("unmount")
            try server.waitFor("ended requested")
            #expect(try server.waitForExit() == 0)
            #expect(try Client.run("ls $1", folder).lines.isEmpty)
        }
    }
}
