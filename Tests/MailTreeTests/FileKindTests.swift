import MailTree
import Testing

@Suite struct FileKindTests {
    @Test(arguments: [
        "x.eml", "X.EML", "x.Eml", "a b.eml", "2024-10-12_0632_Alice_Hi.k7f3qa-2.eml", "é.eml", "4913.eml",
        "sedAb3dE6.eml",
        "x.eml.eml", "x.bak.eml", "x~.eml", "$x.eml", "-.eml", "desktop.eml",
    ])
    func messages(name: String) { #expect(FileKind(name: name.utf8) == .message) }

    @Test(arguments: [
        // vim
        ".x.eml.swp", "x.eml.swp", "x.eml.swo", "x.eml.swx", ".x.eml.swpx", "4913", "5036", "5159", "x.eml~",
        ".x.eml.un~",
        // emacs, nano, kate, Helix, IntelliJ, Sublime
        "#x.eml#", ".#x.eml", "x.eml.~1~", "x.eml.save", ".x.eml.kate-swp", "x.emlAb3dE6.bck", "x.eml___jb_tmp___",
        "x.eml___jb_old___", ".subl3f2.tmp",
        // gio, glib, Qt
        ".goutputstream-AB12CD", "x.eml.AB12CD", "X.EML.abcdef",
        // LibreOffice, office programs
        ".~lock.x.eml#", "~$x.eml", "lu1234abc.tmp",
        // rsync, sed, patch, KIO, Thunar, browsers
        ".x.eml.Ab3dE6", "sedAb3dE6", "x.eml.orig", "x.eml.part", "x.eml.partial~", "x.eml.crdownload", "x.eml.tmp",
        "X.EML.TMP", "x.eml.bak", "Unconfirmed 123.crdownload",
        // kernels and desktops
        ".fuse_hidden0000000100000001", ".nfs0001", ".DS_Store", "._x.eml", ".directory", "Thumbs.db", "desktop.ini",
        "Desktop.ini", ".eml", ".x.eml", "~x.eml", "#x.eml", "~", "#",
    ])
    func scratch(name: String) { #expect(FileKind(name: name.utf8) == .scratch) }

    @Test(
        arguments: [
            ("x.eml~", "x.eml"), (".x.eml.swp", "x.eml"), ("#x.eml#", "x.eml"), ("x.EML.~1~", "x.EML"),
            ("x.eml.bak", "x.eml"), ("x.eml.Ab3dE6", "x.eml"), ("~$x.eml", "x.eml"), (".eml.eml~", "eml.eml"),
            ("4913", nil), ("x~", nil), (".eml", nil), ("", nil), ("~", nil), ("x.emlAb3dE6.bck", "x.eml"),
        ] as [(String, String?)])
    func messageNames(name: String, own: String?) {
        #expect(FileKind.messageName(in: name.utf8).map { String(decoding: $0, as: UTF8.self) } == own)
    }

    @Test(arguments: [".Trash", ".Trash-1000", ".Trashes", ".Trash-1000.eml"])
    func trash(name: String) { #expect(FileKind(name: name.utf8) == .trash) }

    @Test(arguments: [
        "", "x", "x.txt", "x.em", "eml", "xeml", "x.eml ", "x.eml.gz", "x.eml.Ab3d6", "x.txt.AB12CD", "4914", "sed",
        "sedAb3dE",
        "sedAb3dE6x", "sed-b3dE6", "x.swap", "04913x", "+4913", "part", "9999999",
        // What no directory can list.
        ".", "..", "a/b.eml", "/x.eml", ".a/b", "a\0.eml", ".\0",
    ])
    func refused(name: String) { #expect(FileKind(name: name.utf8) == .refused) }
}
