import Foundation
import Testing

@testable import Fuse

extension MountTests {
    @Test("lets a caller go that waits for an open which never answers", arguments: [SIGINT, SIGKILL, SIGTERM])
    func interruptedOpen(signal: Int32) throws {
        try Server.with { server, folder in
            let client = try Client("exec cat $1/stuck", [folder])
            try server.waitFor("waiting stuck")
            client.signal(signal)
            #expect(try client.wait() == -signal)
            #expect(try Client.run("cat $1/hello", folder).lines == ["hello"])
        }
    }

    @Test("lets more callers go than there are threads")
    func manyInterrupted() throws {
        try Server.with("one-thread") { server, folder in
            let clients = try (0..<12).map { _ in try Client("exec cat $1/stuck", [folder]) }
            for _ in clients { try server.waitFor("waiting stuck") }
            #expect(try Client.run("cat $1/hello", folder).lines == ["hello"])
            for client in clients { client.signal(SIGINT) }
            for client in clients { #expect(try client.wait() == -SIGINT) }
        }
    }

    @Test("answers EINTR to a caller that lives on")
    func systemCallInterrupted() throws {
        try Server.with { server, folder in
            let script = """
                import os, signal, sys, ctypes, errno
                signal.signal(signal.SIGUSR1, lambda *_: None)
                libc = ctypes.CDLL(None, use_errno=True)
                print(libc.open((sys.argv[1] + "/stuck").encode(), 0), errno.errorcode[ctypes.get_errno()])
                """
            let client = try Client("exec python3 -c \"$2\" \"$1\" > \"$1.out\"", [folder, script])
            defer { unlink(folder + ".out") }
            try server.waitFor("waiting stuck")
            client.signal(SIGUSR1)
            #expect(try client.wait() == 0)
            #expect(try String(contentsOfFile: folder + ".out", encoding: .utf8) == "-1 EINTR\n")
        }
    }

    @Test("releases the handle of an open that answers after its caller was let go")
    func lateAnswer() throws {
        try Server.with { server, folder in
            let client = try Client("exec cat $1/late", [folder])
            try server.waitFor("waiting late")
            client.signal(SIGINT)
            #expect(try client.wait() == -SIGINT)
            try server.command("answer late")
            try server.waitFor("released 77")
            #expect(try Client.run("cat $1/hello", folder).lines == ["hello"])
        }
    }

    @Test("forgets the lookup of a name that is found after its caller was let go")
    func lateLookup() throws {
        try Server.with { server, folder in
            let client = try Client("exec cat $1/folder/slow", [folder])
            try server.waitFor("waiting slow")
            client.signal(SIGKILL)
            #expect(try client.wait() == -SIGKILL)
            try server.command("answer slow")
            #expect(try server.waitFor("forgotten ") == "1")
        }
    }

    @Test("answers each request once in a storm of interrupts")
    func storm() throws {
        try Server.with { server, folder in
            let script = """
                import os, random, signal, sys
                # Pauses of all lengths: an even beat faster than the server would let no call through.
                def again(*_): signal.setitimer(signal.ITIMER_REAL, random.uniform(0.0001, 0.01))
                signal.signal(signal.SIGALRM, again)
                again()
                for _ in range(300):
                    f = os.open(sys.argv[1] + "/direct", 0)
                    assert os.read(f, 100) == b"direct\\n"
                    os.close(f)
                signal.signal(signal.SIGALRM, signal.SIG_IGN)
                """
            let clients = try (0..<4).map { _ in try Client("exec python3 -c \"$2\" \"$1\"", [folder, script]) }
            for client in clients { #expect(try client.wait() == 0) }
            try server.send("unmount")
            try server.waitFor("ended requested")
            #expect(try server.waitForExit() == 0)
        }
    }

    @Test("does not interrupt what says it is uninterruptible")
    func uninterruptible() throws {
        try Server.with { server, folder in
            let script = """
                import signal, sys
                signal.signal(signal.SIGUSR1, lambda *_: print("signal", file=sys.stderr))
                print(open(sys.argv[1] + "/firm").read(), end="")
                """
            let client = try Client("exec python3 -c \"$2\" \"$1\" > \"$1.out\"", [folder, script])
            defer { unlink(folder + ".out") }
            try server.waitFor("waiting firm")
            client.signal(SIGUSR1)
            // The interrupt goes before this request through the kernel's queue.
            #expect(try Client.run("cat $1/hello", folder).lines == ["hello"])
            try server.command("answer firm")
            #expect(try client.wait() == 0)
            #expect(try String(contentsOfFile: folder + ".out", encoding: .utf8) == "firm\n")
            try server.waitFor("released 78")
        }
    }

    @Test("does what has to wait first only where its caller still waits for it", arguments: [true, false])
    func waitsFirst(isInterrupted: Bool) throws {
        try Server.with { server, folder in
            let client = try Client("exec cat $1/patient", [folder])
            try server.waitFor("waiting patient")
            if isInterrupted {
                client.signal(SIGINT)
                #expect(try client.wait() == -SIGINT)
            }
            try server.command("answer patient")
            if isInterrupted {
                // Another one that is done: the first would have been before it.
                let other = try Client("exec cat $1/patient", [folder])
                try server.waitFor("waiting patient")
                try server.command("answer patient")
                #expect(try other.wait() == 0)
            } else {
                #expect(try client.wait() == 0)
            }
            #expect(try server.counts()["patient"] == 1)
        }
    }
}
