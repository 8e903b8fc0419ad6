import ArgumentParser
import Testing

@testable import MailMountCommands

@Suite struct SettingsTests {
    @Test(
        arguments: [
            (["timeout=30"], ["timeout": ["30"]]),
            (["timeout=30,connections=2"], ["timeout": ["30"], "connections": ["2"]]),
            (["timeout=30", "timeout=40"], ["timeout": ["40"]]),
            (["cache_size=1G"], ["cache-size": ["1G"]]),
            (["password-command=pass show a=b"], ["password-command": ["pass show a=b"]]),
            (["password-command=cut -d\\, -f1"], ["password-command": ["cut -d, -f1"]]),
            (["ca-file=a\\\\b"], ["ca-file": ["a\\b"]]),
            (["folder=INBOX,folder=Sent", "folder=Archive"], ["folder": ["INBOX", "Sent", "Archive"]]),
            (["ro"], ["read-only": ["true"]]),
            (
                ["sync-changes,delete=mark,expunge_after=7d"],
                ["sync-changes": ["true"], "delete": ["mark"], "expunge-after": ["7d"]]
            ),
            (["sync"], [:]),
            (["read-only"], ["read-only": ["true"]]),
            (["read_only=false"], ["read-only": ["false"]]),
            (["allow_other"], ["allow-other": ["true"]]),
            (["rw,noauto,user,user=alice,dev,suid,_netdev,nofail,x-systemd.automount,comment=mail,defaults"], [:]),
            ([",,"], [:]),
        ] as [([String], [String: [String]])])
    func readsMountOptions(_ options: [String], _ wanted: [String: [String]]) throws {
        #expect(try Settings.parse(mountOptions: options).values == wanted)
    }

    @Test(arguments: [
        "nonsense", "timeout", "timeout=", "read-only=maybe", "ro=1", "delete", "sync-changes=yes", "xyz=1",
        "pasword-file=/x",
    ])
    func refusesMountOptions(_ option: String) {
        let error = #expect(throws: UsageError.self) { try Settings.parse(mountOptions: [option]) }
        #expect(error?.description.contains("-o ") == true)
    }

    @Test func theLaterWins() {
        var settings = Settings()
        settings.set("timeout", "10")
        settings.set("folder", "INBOX")
        settings.set("compress", "true")
        var later = Settings()
        later.set("timeout", "20")
        later.set("folder", "Sent")
        later.set("folder", "Archive")
        settings.merge(later)
        #expect(settings["timeout"] == "20")
        #expect(settings.list("folder") == ["Sent", "Archive"])
        #expect(settings.isOn("compress"))
        #expect(!settings.isOn("read-only"))
    }

    /// What the command line offers, `-o` and the configuration file take too.
    @Test func everyOptionOfMountIsAKey() throws {
        var group = try MountOptionGroup.parse([
            "--foreground", "--cache", "a", "--state", "b", "--password-command", "c", "--password-file", "d",
            "--token-command", "e", "--ca-file", "f", "--tls", "none", "--connections", "2", "--read-only",
            "--compress", "--filename", "{uid}", "--folder", "g", "--exclude", "h", "--cache-size", "1G", "--timeout",
            "5", "--allow-other", "--sync-changes", "--delete", "trash", "--expunge-after", "1h", "--umask", "022",
            "--uid",
            "1", "--gid", "2", "--on-event", "i", "--allow", "flags", "--audit", "j", "--show-views",
            "--delete-limit", "9", "--download-limit", "1G", "--names", "plain",
        ])
        let named = Set(try group.settings().values.keys)
        #expect(named == Settings.valued.union(Settings.flags))
        group.mountOptions = ["timeout=9,connections=7"]
        #expect(try group.settings()["timeout"] == "5")
    }
}
