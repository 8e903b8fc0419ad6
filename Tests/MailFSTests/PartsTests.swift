import Fuse
import Glibc
import InMemoryIMAP
import MailModel
import MailTree
import MailViews
import Synchronization
import Testing

@testable import MailFS

/// `.views/parts`, asked by a test in the place of the kernel.
@Suite("Parts") struct PartsTests {
    private let caller = WithoutKernel.caller

    /// A text in two encodings, behind which others come.
    private static let start = """
        Subject: parts
        Content-Type: multipart/mixed; boundary=a

        --a
        Content-Type: text/plain; charset=iso-8859-1
        Content-Transfer-Encoding: quoted-printable

        Gr=F6=DFe

        """

    private static let letter =
        start + """
            --a
            Content-Type: application/pdf; name=plan.pdf
            Content-Transfer-Encoding: base64

            SGVsbG8=
            --a
            Content-Type: message/rfc822
            Content-Disposition: attachment; filename=inner.eml

            Subject: inner
            Content-Type: multipart/alternative; boundary=b

            --b

            one
            --b
            Content-Type: text/html

            <p>two
            --b--
            --a
            Content-Type: message/rfc822

            Subject: plain

            three
            --a--
            """

    private func found(_ files: ViewedFileSystem, _ path: [String]) async throws -> Entry {
        try await WithoutKernel.found(files, path)
    }

    private func content(_ files: ViewedFileSystem, _ path: [String]) async throws -> [UInt8] {
        let entry = try await found(files, path)
        let open = try await WithoutKernel.outcome(files.open(entry.inode, flags: O_RDONLY, caller))
        let attributes = try await WithoutKernel.outcome(files.getattr(entry.inode, open.handle)).attributes
        guard
            case .bytes(let bytes) = try await WithoutKernel.outcome(
                files.read(entry.inode, open.handle, offset: 0, count: 1 << 20))
        else { return [] }
        try await WithoutKernel.outcome(files.release(entry.inode, open.handle, flags: 0))
        #expect(attributes.size == UInt64(bytes.count))
        return bytes
    }

    @Test("each part is a file, decoded; what holds parts is a directory") func parts() async throws {
        let server = try InMemoryServer(.full)
        let octets = Self.letter.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n")
        server.deliver([Array(octets.utf8)], to: "INBOX")
        try await WithoutKernel.run(server) { account, folder in
            let message = try WithoutKernel.first(in: folder, of: account)
            let files = ViewedFileSystem(account, account.makeViews(), listsViews: false)
            let top = [".views", "parts", "INBOX", String(decoding: message.name, as: UTF8.self)]
            #expect(try await content(files, top + ["part-1.txt"]) == [0x47, 0x72, 0xF6, 0xDF, 0x65])
            #expect(try await content(files, top + ["plan.pdf"]) == Array("Hello".utf8))
            #expect(try await content(files, top + ["inner.eml", "part-1.txt"]) == Array("one".utf8))
            #expect(try await content(files, top + ["inner.eml", "part-2.html"]) == Array("<p>two".utf8))
            #expect(try await content(files, top + ["part-4.eml", "part-1.txt"]) == Array("three".utf8))
            for wrong in [["part-2.txt"], ["plan.pdf", "x"], ["inner.eml", "part-3.txt"], ["INBOX"]] {
                await #expect(throws: Errno.self) { _ = try await found(files, top + wrong) }
            }
            let directory = try await found(files, top)
            #expect(directory.attributes.kind == .directory && directory.attributes.permissions == 0o500)
        }
    }

    private static let largeLetter = {
        let base64 = String(repeating: String(repeating: "QUJD", count: 19) + "\r\n", count: 60_000)
        let text =
            start + """
                --a
                Content-Type: application/pdf; name="../plan.pdf"
                Content-Transfer-Encoding: base64

                BASE64--a
                Content-Type: application/pdf; name="../plan.pdf"
                Content-Transfer-Encoding: base64

                SGVsbG8=
                --a--

                """
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n")
        return Array(lines.replacing("BASE64", with: base64).utf8)
    }()

    @Test("of a large message only the part that is read is fetched; when all of it is here nothing looks otherwise")
    func large() async throws {
        let server = try InMemoryServer(.full)
        server.deliver([Self.largeLetter], to: "INBOX")
        try await WithoutKernel.run(server) { account, folder in
            let message = try WithoutKernel.first(in: folder, of: account)
            let files = ViewedFileSystem(account, account.makeViews(), listsViews: false)
            let top = [".views", "parts", "INBOX", String(decoding: message.name, as: UTF8.self)]
            let names = ["part-1.txt", "_plan.pdf", "_plan-2.pdf"]
            func look() async throws -> [Inode] {
                var inodes: [Inode] = []
                for name in names { inodes.append(try await found(files, top + [name]).inode) }
                #expect(try await content(files, top + ["part-1.txt"]) == [0x47, 0x72, 0xF6, 0xDF, 0x65])
                #expect(try await content(files, top + ["_plan-2.pdf"]) == Array("Hello".utf8))
                await #expect(throws: Errno.self) { _ = try await found(files, top + ["plan.pdf"]) }
                return inodes
            }
            server.clearObservation()
            let before = try await look()
            let sections = server.observation.bodies.filter { !$0.section.hasSuffix("MIME") }.map(\.section)
            #expect(sections.filter { $0.first?.isNumber == true }.sorted() == ["1", "3"], "\(sections)")
            #expect(server.observation.bodies.reduce(0) { $0 + $1.octets } < 20_000)
            #expect(account.message(message.id)?.isCached == false)
            let known = try await found(files, top + ["_plan-2.pdf"])
            #expect(known.attributes.size == 5)
            #expect(try await account.octets(of: message.id) == Self.largeLetter)
            #expect(account.message(message.id)?.isCached == true)
            #expect(try await look() == before)
            let whole = try await found(files, top + ["_plan.pdf"])
            let size = try await WithoutKernel.outcome(files.getattr(whole.inode, nil)).attributes.size
            #expect(size == 60_000 * 57)
        }
    }

    @Test("where a server does not give a part that it has told of, the whole message is read") func withheld()
        async throws
    {
        let server = try InMemoryServer(.full)
        server.deliver([Self.largeLetter], to: "INBOX")
        try await WithoutKernel.run(server) { account, folder in
            let message = try WithoutKernel.first(in: folder, of: account)
            let files = ViewedFileSystem(account, account.makeViews(), listsViews: false)
            let top = [".views", "parts", "INBOX", String(decoding: message.name, as: UTF8.self)]
            server.install(
                Misbehaviour(
                    on: "UID FETCH", containing: "BODY.PEEK[3]",
                    .alter { $0.untagged = [Array("* 1 FETCH (UID 1 BODY[3] NIL)\r\n".utf8)] }))
            #expect(try await content(files, top + ["_plan-2.pdf"]) == Array("Hello".utf8))
            #expect(server.observation.bodies.count { $0.octets == Self.largeLetter.count } == 1)
        }
    }
}
