import MailModel
import MailSync
import Testing

@Suite struct NewFolderNameTests {
    private func name(_ component: String, in parent: Folder? = nil, separator: UInt8? = UInt8(ascii: "/"))
        -> NewFolderName
    {
        NewFolderName(parent: parent, separator: separator, component: component, encoded: octets(component))
    }

    @Test(arguments: ["a", "a b", "ü", "50%", "*", "INBOXES", ".hidden", "a.b", "\\", "\"", " a", "a ", " "])
    func accepted(component: String) {
        #expect(name(component) == .name(octets(component)))
        #expect(name(component, in: made(1, "p")) == .name(octets("p/" + component)))
    }

    /// HAZARD 80, HAZARD 124.
    @Test(arguments: ["", "a/b", "/", "a\r\nX", "\0", "a\tb", "\u{7F}"])
    func refused(component: String) {
        #expect(name(component) == .bad)
        #expect(name(component, in: made(1, "p")) == .bad)
    }

    @Test func theSeparatorOfTheParentCounts() {
        var parent = made(1, "p")
        parent.separator = UInt8(ascii: ".")
        #expect(name("a.b", in: parent) == .bad)
        #expect(name("a/b", in: parent) == .name(octets("p.a/b")))
        #expect(name("a.b", separator: UInt8(ascii: ".")) == .bad)
        #expect(name("a/b", separator: nil) == .name(octets("a/b")))
    }

    /// The directory above names that begin with the separator.
    @Test func belowAnEmptyName() {
        #expect(name("a", in: made(1, "", .nonExistent)) == .name(octets("/a")))
    }

    @Test func whatIsSentIsTheEncodedName() {
        let new = NewFolderName(parent: made(1, "p"), separator: nil, component: "ü", encoded: octets("&APw-"))
        #expect(new == .name(octets("p/&APw-")))
    }

    @Test(arguments: ["INBOX", "inbox", "InBox"])
    func inboxIsThereAlready(component: String) {
        #expect(name(component) == .exists)
        #expect(name(component, in: made(1, "p")) == .name(octets("p/" + component)))
    }

    @Test func tooLong() {
        #expect(name(String(repeating: "a", count: 256)) == .tooLong)
        #expect(name(String(repeating: "a", count: 255)) == .name([UInt8](repeating: 97, count: 255)))
        #expect(name("b", in: made(1, String(repeating: "a/", count: 500) + "a")) == .tooLong)
    }

    @Test func parentsWithoutChildren() {
        #expect(name("a", in: made(1, "p", .noInferiors)) == .notPermitted)
        var flat = made(1, "p")
        flat.separator = nil
        #expect(name("a", in: flat) == .notPermitted)
    }
}
