import MailModel
import MailSync
import Testing

@Suite struct FolderViewTests {
    private static let tree = ["a", "a/b", "a/b/c", "ab", "x"]

    /// The paths that are shown of folders 1 to 5, `tree`, and of further ones; nil for a hidden one.
    private func shown(_ operations: [Operation], _ more: [String] = []) -> [String?] {
        var view = JournalView()
        let folders = (Self.tree + more).enumerated().map { made(Int64($0.offset + 1), $0.element) }
        for folder in folders { view.put(folder) }
        view.put(operations)
        return folders.map { folder in
            view.path(of: folder)?.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/")
        }
    }

    @Test func asTheServerHasThem() { #expect(shown([]) == Self.tree) }

    @Test func renamed() {
        #expect(shown([op(1, rename(1, to: "x/y"))]) == ["x/y", "x/y/b", "x/y/b/c", "ab", "x"])
        #expect(shown([op(1, rename(1, to: "x/y"), refused)]) == Self.tree)
    }

    @Test func renamedAgain() {
        let twice = [op(1, rename(1, to: "x/y")), op(2, rename(2, to: "q")), op(3, rename(5, to: "z"))]
        #expect(shown(twice) == ["z/y", "q", "q/c", "ab", "z"])
        #expect(shown([op(1, rename(1, to: "n")), op(2, rename(1, to: "a"))]) == Self.tree)
        // Two names that change places.
        let swapped = [op(1, rename(1, to: "t")), op(2, rename(5, to: "a")), op(3, rename(1, to: "x"))]
        #expect(shown(swapped) == ["x", "x/b", "x/b/c", "ab", "a"])
    }

    @Test func deleted() {
        #expect(shown([op(1, .deleteFolder(folder(2)))]) == ["a", nil, nil, "ab", "x"])
        #expect(shown([op(1, .deleteFolder(folder(2)), refused)]) == Self.tree)
        let both = [op(1, .deleteFolder(folder(3))), op(2, .deleteFolder(folder(2))), op(3, rename(1, to: "k"))]
        #expect(shown(both) == ["k", nil, nil, "ab", "x"])
    }

    @Test func deletedBelowARenamedOne() {
        let operations = [op(1, rename(1, to: "k")), op(2, .deleteFolder(folder(2)))]
        #expect(shown(operations) == ["k", nil, nil, "ab", "x"])
    }

    @Test func aFolderThatTakesTheNameOfAnother() {
        let afterDeletion = [op(1, .deleteFolder(folder(5))), op(2, .createFolder(folder(6)))]
        #expect(shown(afterDeletion, ["x"]) == ["a", "a/b", "a/b/c", "ab", nil, "x"])
        let afterRename = [
            op(1, rename(5, to: "y")), op(2, .createFolder(folder(6))), op(3, .createFolder(folder(7))),
        ]
        #expect(shown(afterRename, ["x", "x/n"]) == ["a", "a/b", "a/b/c", "ab", "y", "x", "x/n"])
        let andRenamed = afterRename + [op(4, rename(6, to: "z"))]
        #expect(shown(andRenamed, ["x", "x/n"]) == ["a", "a/b", "a/b/c", "ab", "y", "z", "z/n"])
    }

    @Test func aRefusedFolderShowsWhileUploadsAreInIt() {
        let refusal = [op(1, .createFolder(folder(6)), refused), op(2, .createFolder(folder(7)), refused)]
        #expect(shown(refusal, ["n", "n/m"]).suffix(2) == [nil, nil])
        let upload = refusal + [op(3, append(9, to: 7), refused)]
        #expect(shown(upload, ["n", "n/m"]).suffix(2) == ["n", "n/m"])
    }

    @Test func operationsThatEnd() {
        var view = JournalView()
        for (index, name) in Self.tree.enumerated() { view.put(made(Int64(index + 1), name)) }
        view.put(op(1, rename(1, to: "k")))
        view.put(op(2, .deleteFolder(folder(2))))
        #expect(view.path(of: made(2, "a/b")) == nil)
        view.remove(operation(2))
        #expect(view.path(of: made(3, "a/b/c")) == path("k/b/c"))
        // The rename is done: the server has the name now.
        view.put(made(1, "k"))
        view.put(made(2, "k/b"))
        view.remove(operation(1))
        #expect(view.path(of: made(1, "k")) == path("k"))
        view.put(op(3, .deleteFolder(folder(2))))
        #expect(view.path(of: made(2, "k/b")) == nil)
        view.remove(folder(2))
        #expect(view.path(of: made(1, "k")) == path("k"))
    }

    @Test func thousandsOfFolders() {
        var view = JournalView()
        for id in 1...3_000 { view.put(made(Int64(id), "d\(id)")) }
        for id in 1...3_000 { view.put(op(Int64(id), .deleteFolder(folder(Int64(id))))) }
        #expect(view.path(of: made(3_000, "d3000")) == nil)
        #expect(view.path(of: made(3_001, "d3001")) != nil)
    }
}
