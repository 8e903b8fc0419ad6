import Foundation
import Testing

@testable import Fuse

/// Real mounts, each with a server of its own. Without /dev/fuse, or not as root, they are skipped by name.
@Suite(
    "Mount", .serialized,
    .enabled(if: Server.isPossible, "needs /dev/fuse and root: mounts file systems for real"))
struct MountTests {}

extension MountTests {
    @Test("reads from memory, through a descriptor and later")
    func reading() throws {
        try Server.with { _, folder in
            #expect(try Client.run("cat $1/hello $1/changing", folder).lines == ["hello", "version 1"])
            let bytes = (0..<3 * 1_048_576 + 1).map { UInt8($0 % 251) }
            let copy = folder + ".copy"
            defer { unlink(copy) }
            #expect(try Client.run("cat $1/large > $2", folder, copy).status == 0)
            #expect(try Data(contentsOf: URL(fileURLWithPath: copy)) == Data(bytes))
            let tail = try Client.run("tail -c 3 $1/large | od -An -tu1", folder).lines
            #expect(tail == [bytes.suffix(3).map { String(format: " %3d", $0) }.joined()])
        }
    }

    @Test("is asked once for capabilities that writes would take away, not for each write")
    func capabilities() throws {
        try Server.with { server, folder in
            #expect(try Client.run("dd if=/dev/zero of=$1/folder/a bs=4096 count=50", folder).status == 0)
            let counts = try server.counts()
            #expect(counts["write"] == 50)
            #expect((counts["getxattr security.capability"] ?? 0) <= 1)
        }
    }

    @Test("lets a file be mapped that is read past the page cache")
    func mappedDirectIO() throws {
        try Server.with { _, folder in
            let script = """
                import mmap, sys
                f = open(sys.argv[1] + "/direct")
                print(mmap.mmap(f.fileno(), 0, mmap.MAP_SHARED, mmap.PROT_READ)[:6])
                """
            let lines = try Client.run("python3 -c \"$2\" \"$1\"", folder, script).lines
            #expect(lines == ["b'direct'"])
        }
    }

    @Test("serves with a single thread")
    func singleThread() throws {
        try Server.with("one-thread") { _, folder in
            let lines = try Client.run("cat $1/hello; ls $1/many | wc -l", folder).lines
            #expect(lines == ["hello", "100000"])
        }
    }

    @Test("is mounted with the safe options and its names")
    func options() throws {
        try Server.with { _, folder in
            let mount = try #require(MountTable.current().top(at: folder))
            #expect(mount.type == "fuse.fusetest")
            let line = try Client.run("grep \" $1 \" /proc/self/mounts", folder).lines.joined()
            #expect(line.hasPrefix(#"a,b\134c "#))
            for option in ["nosuid", "nodev", "noexec", "noatime"] { #expect(line.contains(option), "\(option)") }
            let statistics = try Client.run("stat -f -c '%b %f %a %S' $1", folder).lines
            #expect(statistics == ["1000 500 400 4096"])
        }
    }

    @Test("lists 100,000 names, each once, by readdirplus")
    func listing() throws {
        try Server.with { server, folder in
            let names = try Client.run("ls -U $1/many", folder).lines
            #expect(names.count == 100_000)
            #expect(Set(names).count == 100_000)
            #expect(names.first == "n000000" && names.last == "n099999")
            let counts = try server.counts()
            #expect(counts["readdir"] == nil)
            #expect((counts["readdirplus"] ?? 0) > 1)
        }
    }

    @Test("writes, truncates, renames and removes")
    func writing() throws {
        try Server.with { server, folder in
            let script = """
                cd $1/folder; echo one > a; echo two >> a; cat a; echo three > a; cat a; chmod 600 a; stat -c %a a
                mv -n a b; cat b; rm b; ls; mv missing x
                """
            let result = try Client.run(script, folder)
            #expect(result.lines.prefix(6) == ["one", "two", "three", "600", "three", "old"])
            #expect(result.lines.last?.contains("No such file") == true)
            // A truncating open is an attribute change.
            let counts = try server.counts()
            #expect((counts["setattr"] ?? 0) >= 2)
        }
    }
}
