import Foundation
import Testing

@testable import Fuse

extension MountTests {
    /// Runs `body` with a client that goes on when it is told to.
    private func withClient(
        _ script: String, _ body: (Server, Client, _ goOn: (String) throws -> Void) throws -> Void
    ) throws {
        let signals = try Server.temporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: signals) }
        try Server.with("no-open") { server, folder in
            let functions = "until_told() { until [ -e \"$2/$1\" ]; do sleep 0.01; done; }\n"
            let client = try Client(
                functions.replacingOccurrences(of: "$2", with: signals) + script, [folder])
            defer { client.signal(SIGKILL) }
            try body(server, client) { word in try Data().write(to: URL(fileURLWithPath: signals + "/" + word)) }
        }
    }

    @Test("tells whether somebody writes to a file that the kernel opened without asking")
    func writers() throws {
        let script = """
            exec 3>$1/folder/new; echo made
            until_told close; exec 4<$1/folder/new; exec 3>&-; echo closed; until_told end
            """
        try withClient(script) { server, client, goOn in
            try client.waitFor("made")
            try server.command("try new")
            try server.waitFor("tried false")
            try server.command("try old")
            try server.waitFor("tried true")
            try goOn("close")
            try client.waitFor("closed")
            // Who has it open for reading does not count.
            try server.command("try new")
            try server.waitFor("tried true")
            try server.command("try gone")
            try server.waitFor("tried false")
        }
    }

    @Test("a watch says when nobody writes to a file any more, and not before")
    func watch() throws {
        let script = """
            exec 3>$1/folder/new; echo some >&3; exec 4>&3; echo made
            until_told close; exec 3>&-; until_told write; echo more >&4; exec 4>&-; echo closed; until_told end
            """
        try withClient(script) { server, client, goOn in
            try client.waitFor("made")
            try server.command("watch new")
            try server.waitFor("open new")
            try goOn("close")
            // One of two descriptors is closed; looks go on and find the other.
            try server.waitFor("open new")
            try server.waitFor("open new")
            try goOn("write")
            try server.waitFor("closed new some more")
        }
    }

    @Test("all watched files can be looked at now")
    func checkAll() throws {
        try Server.with("no-open") { server, folder in
            _ = try Client.run("echo some > $1/folder/new", folder)
            try server.command("watch new")
            try server.command("check")
            try server.waitFor("closed new some")
        }
    }
}
