import Testing

@testable import MailMountCommands

@Suite struct NearestWordTests {
    private let commands = ["mount", "unmount", "status", "sync", "check", "retry"]

    @Test(arguments: [
        ("staus", "status"), ("umount", "mount"), ("Status", "status"), ("sycn", "sync"), ("unmoutn", "unmount"),
        ("chekc", "check"),
    ])
    func finds(_ word: String, _ meant: String) {
        #expect(NearestWord.of(word, in: commands) == meant)
    }

    @Test(arguments: ["", "x", "frobnicate", "work", String(repeating: "status", count: 1000)])
    func findsNothing(_ word: String) {
        #expect(NearestWord.of(word, in: commands) == nil)
    }

    @Test func asks() {
        #expect(NearestWord.question("staus", in: commands) == "; is status meant?")
        #expect(NearestWord.question("frobnicate", in: commands).isEmpty)
    }
}

@Suite struct FirstWordTests {
    private func mistake(_ arguments: String...) -> String? {
        FirstWord.mistake(arguments, commands: ["mount", "unmount", "status"]) { $0 == "work" }?.description
    }

    @Test func saysWhatIsMeant() {
        #expect(mistake("staus")?.contains("mailmount status") == true)
        #expect(mistake("umount", "/mnt")?.contains("mailmount unmount") == true)
        #expect(mistake("frobnicate")?.contains("neither") == true)
    }

    /// What may be an account, a URL or a path is left to the command that mounts.
    @Test func leavesTheRest() {
        for word in ["work", "status", "imaps://alice@localhost", "bob@localhost", "--help", "-f", "example.org"] {
            #expect(mistake(word) == nil, "\(word)")
        }
        #expect(mistake("frobnicate", "/mnt") == nil)
        #expect(mistake() == nil)
    }
}
