import Foundation
import Testing

@testable import Fuse

extension MountTests {
    @Test("ends when it is unmounted from outside")
    func fusermount() throws {
        try Server.with { server, folder in
            #expect(try Client.run("cat $1/hello && fusermount3 -u $1", folder).lines == ["hello"])
            try server.waitFor("ended unmounted")
            try server.waitFor("again unmounted")
            #expect(try server.waitForExit() == 0)
        }
    }

    @Test("ends by unmount() while requests wait", arguments: ["stuck", "dull"])
    func unmountWhileWaiting(file: String) throws {
        try Server.with { server, folder in
            let client = try Client("exec cat $1/$2", [folder, file])
            try server.waitFor("waiting \(file)")
            try server.send("unmount")
            try server.waitFor("ended requested")
            #expect(try server.waitForExit() == 0)
            #expect(try client.wait() == 1)
            #expect(MountTable.current().top(at: folder) == nil)
            #expect(try Client.run("ls $1", folder).lines.isEmpty)
        }
    }

    @Test("ends while a notification waits for the lock of a directory")
    func unmountWithNotificationUnderWay() throws {
        try Server.with { server, folder in
            let client = try Client("exec cat $1/folder/slow", [folder])
            try server.waitFor("waiting slow")
            try server.command("announce slow")
            try server.command("announce old")
            #expect(try Client.run("cat $1/hello", folder).lines == ["hello"])
            try server.send("unmount")
            try server.waitFor("ended requested")
            #expect(try server.waitForExit() == 0)
            #expect(try client.wait() == 1)
        }
    }

    @Test("serves the release of a file closed before unmount()")
    func releaseBeforeUnmount() throws {
        try Server.with { server, folder in
            #expect(try Client.run("echo text > $1/folder/a", folder).status == 0)
            try server.send("unmount")
            try server.waitFor("released 1006")
            try server.waitFor("ended requested")
        }
    }

    @Test("ends although another mount namespace keeps the mount")
    func namespace() throws {
        try Server.with { server, folder in
            let keeper = try Client(
                "exec unshare -m --propagation private sh -c 'echo > \"$1.ready\"; exec sleep 1000' sh $1", [folder])
            defer { unlink(folder + ".ready") }
            defer { keeper.signal(SIGKILL) }
            let end = Deadline.end
            while access(folder + ".ready", F_OK) != 0, Date() < end { sched_yield() }
            #expect(try Client.run("fusermount3 -u $1", folder).status == 0)
            #expect(MountTable.current().top(at: folder) == nil)
            try server.send("unmount")
            try server.waitFor("ended requested")
            #expect(try server.waitForExit() == 0)
        }
    }

    @Test("leaves alone what was mounted over it")
    func stacked() throws {
        try Server.with { server, folder in
            #expect(try Client.run("mount -t tmpfs none $1 && echo kept > $1/file", folder).status == 0)
            try server.send("unmount")
            try server.waitFor("ended requested")
            #expect(try server.waitForExit() == 0)
            #expect(try Client.run("cat $1/file", folder).lines == ["kept"])
        }
    }

    @Test("finds the mount of a server that was killed")
    func stale() throws {
        try Server.with { server, folder in
            server.kill()
            #expect(try Client.run("ls $1", folder).lines.joined().contains("not connected"))
            let careful = try Server(at: folder, ["keep-stale"])
            defer { careful.kill() }
            #expect(try careful.waitFor("refused ").contains("its server has died"))
            let second = try Server(at: folder)
            defer { second.kill() }
            try second.waitFor("mounted")
            #expect(try Client.run("cat $1/hello", folder).lines == ["hello"])
            #expect(MountTable.current().mounts.filter { $0.path == folder }.count == 1)
            let third = try Server(at: folder)
            defer { third.kill() }
            #expect(try third.waitFor("refused ").contains("is mounted already"))
        }
    }

    @Test("finds it although the kernel still answers for it")
    func staleAndKnown() throws {
        try Server.with { server, folder in
            #expect(try Client.run("stat $1", folder).status == 0)
            server.kill()
            let second = try Server(at: folder)
            defer { second.kill() }
            try second.waitFor("mounted")
            #expect(MountTable.current().mounts.filter { $0.path == folder }.count == 1)
        }
    }

    @Test("takes one that does not answer for one that lives")
    func stopped() throws {
        try Server.with { server, folder in
            #expect(try Client.run("stat $1", folder).status == 0)
            server.signal(SIGSTOP)
            let second = try Server(at: folder)
            defer { second.kill() }
            #expect(try second.waitFor("refused ").contains("is mounted already"))
            server.signal(SIGCONT)
            #expect(try Client.run("cat $1/hello", folder).lines == ["hello"])
        }
    }

    @Test(
        "says what is wrong with a mountpoint",
        arguments: [("/nonexistent/x", "does not exist"), ("/etc/passwd", "is not a directory")])
    func mountpoint(path: String, text: String) throws {
        let server = try Server(at: path)
        defer { server.kill() }
        #expect(try server.waitFor("refused ").contains(text))
        #expect(try server.waitForExit() == 1)
    }
}
