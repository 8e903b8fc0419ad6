import InMemoryIMAP
import MailModel

@testable import MailService

extension Scenario {
    static let deletedForLater = Scenario(
        name: "deleted, to be expunged later", calls: [.delete("INBOX/letter 2.eml", stays: true)])

    static let folderMade = Scenario(name: "a folder made", calls: [.makeFolder("New"), .makeFolder("New/Deep")])

    static let deletions: [Scenario] = [
        Scenario(
            name: "deleted at once", expungeAfter: 0,
            calls: [.delete("INBOX/letter 2.eml", stays: false), .delete("INBOX/letter 3.eml", stays: false)]),
        deletedForLater,
        Scenario(
            name: "deleted without UIDPLUS", server: .full.without("UIDPLUS"), expungeAfter: 0,
            calls: [.delete("INBOX/letter 2.eml", stays: true)]),
        Scenario(
            name: "deleted and brought back",
            calls: [.delete("INBOX/letter 2.eml", stays: true), .undelete(2, "INBOX/letter 2.eml", isLater: true)]),
        Scenario(
            name: "deleted into the trash", deletion: .trash,
            prepare: {
                Scenario.twoFolders($0)
                $0.createFolder("Trash", specialUse: "\\Trash")
            }, calls: [.move("INBOX/letter 2.eml", "Trash/letter 2.eml", byDeleting: true)]),
    ]

    static let replacements: [Scenario] = [
        Scenario(
            name: "replaced by rename", expungeAfter: 0, calls: [.replace(21, "INBOX/letter 2.eml", stays: false)]),
        Scenario(
            name: "a message moved onto another", expungeAfter: 0,
            calls: [.moveOnto("INBOX/letter 2.eml", "Work/letter 11.eml", stays: false)]),
        Scenario(
            name: "a draft edited", expungeAfter: 0,
            prepare: {
                Scenario.twoFolders($0)
                $0.createFolder("Drafts", specialUse: "\\Drafts")
                $0.deliver(Letter.make(31), to: "Drafts", flags: ["\\Draft", "\\Seen"])
            }, calls: [.edit(32, "Drafts/letter 31.eml", stays: false)]),
        Scenario(
            name: "a draft written at once", expungeAfter: 0,
            prepare: {
                Scenario.twoFolders($0)
                $0.createFolder("Drafts", specialUse: "\\Drafts")
                $0.deliver(Letter.make(31), to: "Drafts", flags: ["\\Draft", "\\Seen"])
            }, calls: [.edit(32, "Drafts/letter 31.eml", stays: false, isFlushed: false)]),
    ]

    static let folders: [Scenario] = [
        folderMade,
        Scenario(
            name: "a folder made and filled",
            calls: [
                .makeFolder("New"), .write(21, "New/new.eml"), .move("INBOX/letter 2.eml", "New/letter 2.eml"),
            ]),
        Scenario(
            name: "a folder renamed",
            prepare: {
                Scenario.twoFolders($0)
                $0.deliver(Letter.make(41), to: "Work/Deep")
            }, calls: [.renameFolder("Work", "Play"), .move("INBOX/letter 2.eml", "Play/letter 2.eml")]),
        Scenario(
            name: "a folder removed",
            prepare: {
                Scenario.twoFolders($0)
                $0.createFolder("Old")
            }, calls: [.removeFolder("Old")]),
    ]
}
