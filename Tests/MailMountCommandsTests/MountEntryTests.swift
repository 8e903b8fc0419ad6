import Testing

@testable import MailMountCommands

@Suite struct MountEntryTests {
    @Test func readsTheKernelsTable() {
        let entries = Mounts.entries(
            in: """
                22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
                90 22 0:50 / /home/a\\040b/Mail rw,nosuid shared:3 master:2 - fuse.mailmount alice@localhost:993 rw,user_id=1000,group_id=1000
                91 22 0:51 / /mnt rw - fuse.mailmount bob@localhost:143 rw,user_id=0,group_id=0,allow_other
                92 22 0:52 / /other rw - fuse.sshfs - rw,user_id=1000
                """)
        #expect(
            entries == [
                MountEntry(mountpoint: "/home/a b/Mail", account: "alice@localhost:993", user: 1000),
                MountEntry(mountpoint: "/mnt", account: "bob@localhost:143", user: 0),
            ])
    }

    @Test(arguments: ["", " ", "-", " - fuse.mailmount", "1 2 3 4 5 - fuse.mailmount x", "a b c - fuse.mailmount x y"])
    func whatIsNoMountIsNone(_ line: String) {
        #expect(Mounts.entries(in: line).isEmpty)
    }
}
