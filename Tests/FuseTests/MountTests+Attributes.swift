import Testing

@testable import Fuse

extension MountTests {
    @Test("gives extended attributes of every size")
    func attributes() throws {
        try Server.with { server, folder in
            let script = """
                import os, errno, ctypes, sys
                p = sys.argv[1] + "/hello"
                print(os.getxattr(p, "user.short"), len(os.getxattr(p, "user.long")), os.getxattr(p, "user.empty"))
                print(os.listxattr(p), os.listxattr(sys.argv[1]))
                libc = ctypes.CDLL(None, use_errno=True)
                b = ctypes.create_string_buffer(10)
                print(libc.getxattr(p.encode(), b"user.long", b, 10), errno.errorcode[ctypes.get_errno()])
                print(libc.getxattr(p.encode(), b"user.long", None, 0))
                print(libc.listxattr(p.encode(), b, 10), errno.errorcode[ctypes.get_errno()])
                print(libc.getxattr(p.encode(), b"user.none", b, 10), errno.errorcode[ctypes.get_errno()])
                os.setxattr(p, "user.new", b"some value", os.XATTR_CREATE)
                os.removexattr(p, "user.new")
                """
            let result = try Client.run("python3 -c \"$2\" \"$1\"", folder, script)
            #expect(
                result.lines == [
                    "b'value' 300 b''", "['user.short', 'user.long', 'user.empty'] []", "-1 ERANGE", "300",
                    "-1 ERANGE", "-1 ENODATA",
                ])
            #expect(try server.waitFor("setxattr ") == "user.new some value 1")
            #expect(try server.waitFor("removexattr ") == "user.new")
        }
    }

    @Test("opens without asking when open is answered ENOSYS")
    func openWithoutAsking() throws {
        try Server.with("no-open") { server, folder in
            #expect(try Client.run("cat $1/hello $1/hello $1/changing", folder).status == 0)
            let counts = try server.counts()
            #expect(counts["open"] == 1)
            #expect(counts["release"] == nil)
        }
    }
}
