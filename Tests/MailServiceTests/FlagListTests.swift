import IMAPValue
import InMemoryIMAP
import MailModel
import MailPool
import Testing

@testable import MailService

/// A list of flags that is written over another says what to set and what to take, and nothing of what others do meanwhile.
@Suite(.serialized) struct FlagListTests {
    @Test(arguments: [true, false]) func sendsTheDifference(online: Bool) async throws {
        let rig = try Rig.changing()
        rig.server.setFlags(["\\Answered", "$Old", "$Kept"], of: 2, in: "INBOX")
        try await rig.synchronised { service, shown in
            let rule = online ? rig.server.install(Misbehaviour(on: "SELECT", at: .received, times: 1, .stall)) : nil
            if !online {
                rig.server.stop()
                try await rig.wait(for: .offline, service)
            }
            let list = Flags(system: .seen, keywords: ["$kept", "$New"])
            try service.flag("INBOX/letter 2.eml", .replace(list), shown)
            if let rule { try await rig.server.waitForFiring(rule) }
            rig.server.setFlags(["\\Answered", "\\Flagged", "$Old", "$Kept", "$Theirs"], of: 2, in: "INBOX")
            if let rule { rig.server.release(rule) } else { try rig.server.start() }
            try await rig.drained(service, shown)
            let flags = try #require(rig.server.messages(in: "INBOX").first { $0.uid == 2 }).flags
            #expect(Set(flags) == ["\\Seen", "\\Flagged", "$Kept", "$New", "$Theirs"])
        }
    }

    @Test func ofANewFile() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            try service.write(Letter.make(9), to: "Work/9.eml", shown)
            try service.flag("Work/9.eml", .replace(Flags(system: [.seen, .flagged])), shown)
            try service.flag("Work/9.eml", .replace(Flags(system: .answered, keywords: ["$x"])), shown)
            try rig.server.start()
            try await rig.drained(service, shown)
            #expect(Set(try #require(rig.server.messages(in: "Work").first).flags) == ["\\Answered", "$x"])
        }
    }

    @Test func differences() {
        let seen = Flags(system: [.seen, .deleted], keywords: ["$A", "b"])
        #expect(FlagChange.replace(Flags(system: .seen, keywords: ["$a", "B"])).differences(from: seen) == [])
        #expect(
            FlagChange.replace(Flags(system: .flagged, keywords: ["b"])).differences(from: seen) == [
                .add(Flags(system: .flagged)), .remove(Flags(system: .seen, keywords: ["$A"])),
            ])
        #expect(FlagChange.replace(Flags()).differences(from: Flags()) == [])
        let other = FlagChange.add(Flags(system: .seen))
        #expect(other.differences(from: seen) == [other])
    }
}
