import Testing

@testable import Fuse

@Suite("MountTable")
struct MountTableTests {
    static let text = #"""
        22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
        43 22 0:40 / /mnt/my\040mail\134x rw,nosuid shared:2 master:1 - fuse.mailmount a,b rw,user_id=0
        44 22 0:41 / /mnt/plain rw - tmpfs none rw
        45 44 0:42 / /mnt/plain rw - fuse.mailmount x rw
        broken line
        46 22 0:43 / /mnt/odd rw
        """#

    @Test("reads mountinfo, the uppermost mount last")
    func parse() {
        let table = MountTable(Self.text)
        #expect(table.mounts.map(\.id) == [22, 43, 44, 45])
        #expect(table.top(at: #"/mnt/my mail\x"#)?.device == "0:40")
        #expect(table.top(at: "/mnt/plain")?.type == "fuse.mailmount")
        #expect(table.top(at: "/mnt") == nil)
    }

    @Test("reads that of this process")
    func current() { #expect(MountTable.current().top(at: "/") != nil) }
}

@Suite("MountOptions")
struct MountOptionsTests {
    @Test("escapes what libfuse would split")
    func argument() {
        var options = MountOptions(fsname: #"a,b\c"#, extra: ["exec", "", "context=x,y"])
        options.allowOther = true
        options.readOnly = true
        #expect(
            options.argument
                == #"nosuid,nodev,noexec,noatime,fsname=a\,b\\c,subtype=mailmount,allow_other,default_permissions,ro,exec,context=x\,y"#
        )
    }

    @Test("never has an empty fsname")
    func fsname() { #expect(MountOptions(fsname: "").argument.contains("fsname=mailmount")) }
}
