import Testing

@testable import Fuse

@Suite("DirectoryBuffer")
struct DirectoryBufferTests {
    static let attributes = Attributes(
        inode: 42, kind: .regularFile, permissions: 0o640, linkCount: 3, uid: 1000, gid: 1001, size: 1025,
        accessed: 11, modified: -12, changed: 13, accessedNanoseconds: 1, modifiedNanoseconds: 2,
        changedNanoseconds: 3)
    static let entry = Entry(
        inode: 42, generation: 7, attributes: attributes, attributeTimeout: 1.5, entryTimeout: 86_400.25)

    private func value<Value>(_ buffer: DirectoryBuffer, _ offset: Int, as type: Value.Type) -> Value {
        buffer.bytes.loadUnaligned(fromByteOffset: offset, as: type)
    }

    @Test("writes fuse_dirent, padded to eight bytes with zeros")
    func plain() {
        let buffer = DirectoryBuffer(capacity: 4096, plus: false)
        #expect("a.eml".withBytes { buffer.append(name: $0, entry: Self.entry, nextOffset: 99) })
        #expect(buffer.count == 32)
        #expect(value(buffer, 0, as: UInt64.self) == 42)
        #expect(value(buffer, 8, as: Int64.self) == 99)
        #expect(value(buffer, 16, as: UInt32.self) == 5)
        #expect(value(buffer, 20, as: UInt32.self) == 8)
        #expect(Array(buffer.bytes[24..<32]) == Array("a.eml".utf8) + [0, 0, 0])
    }

    @Test("writes fuse_direntplus")
    func plus() {
        let buffer = DirectoryBuffer(capacity: 4096, plus: true)
        #expect("12345678".withBytes { buffer.append(name: $0, entry: Self.entry, nextOffset: 5) })
        #expect(buffer.count == 128 + 24 + 8)
        let wide: [(Int, UInt64)] = [
            (0, 42), (8, 7), (16, 86_400), (24, 1), (40, 42), (48, 1025), (56, 3), (64, 11),
            (72, UInt64(bitPattern: -12)), (80, 13), (128, 42), (136, 5),
        ]
        for (offset, expected) in wide { #expect(value(buffer, offset, as: UInt64.self) == expected, "at \(offset)") }
        let narrow: [(Int, UInt32)] = [
            (32, 250_000_000), (36, 500_000_000), (88, 1), (92, 2), (96, 3), (100, 0o100640), (104, 3), (108, 1000),
            (112, 1001), (116, 0), (120, 4096), (124, 0), (144, 8), (148, 8),
        ]
        for (offset, expected) in narrow {
            #expect(value(buffer, offset, as: UInt32.self) == expected, "at \(offset)")
        }
    }

    @Test("refuses what does not fit and stays as it was", arguments: [false, true])
    func full(plus: Bool) {
        let size = plus ? 160 : 32
        let buffer = DirectoryBuffer(capacity: size * 2 - 1, plus: plus)
        #expect("first".withBytes { buffer.append(name: $0, entry: Self.entry, nextOffset: 1) })
        #expect(!"second".withBytes { buffer.append(name: $0, entry: Self.entry, nextOffset: 2) })
        #expect(!"second".withBytes { buffer.append(name: $0, inode: 3, kind: .directory, nextOffset: 2) })
        #expect(buffer.count == size)
        let exact = DirectoryBuffer(capacity: size, plus: plus)
        #expect("first".withBytes { exact.append(name: $0, entry: Self.entry, nextOffset: 1) })
        #expect(
            !"x".withBytes {
                DirectoryBuffer(capacity: 0, plus: plus).append(name: $0, entry: Self.entry, nextOffset: 1)
            })
    }

    @Test("counts lookups of entries with plus, none of dots, absent names and plain listings")
    func lookups() {
        for plus in [true, false] {
            let buffer = DirectoryBuffer(capacity: 4096, plus: plus)
            #expect(".".withBytes { buffer.append(name: $0, inode: 1, kind: .directory, nextOffset: 1) })
            #expect("one".withBytes { buffer.append(name: $0, entry: Self.entry, nextOffset: 2) })
            #expect("none".withBytes { buffer.append(name: $0, entry: .absent(timeout: 1), nextOffset: 3) })
            var other = Self.entry
            other.inode = 43
            #expect("a longer name".withBytes { buffer.append(name: $0, entry: other, nextOffset: 4) })
            var seen: [Inode] = []
            buffer.forEachLookup { seen.append($0) }
            #expect(seen == (plus ? [42, 43] : []))
        }
    }

    @Test(
        "cuts times to live to what the kernel takes",
        arguments: [
            (0, 0, 0), (-1, 0, 0), (.nan, 0, 0), (1.5, 1, 500_000_000), (86_400, 86_400, 0),
            (.infinity, UInt64(Int64.max), 0), (1e300, UInt64(Int64.max), 0),
        ] as [(Double, UInt64, UInt32)])
    func timeout(value: Double, seconds: UInt64, nanoseconds: UInt32) {
        #expect(Timeout(value).seconds == seconds)
        #expect(Timeout(value).nanoseconds == nanoseconds)
    }
}

extension String {
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try Array(utf8).withUnsafeBytes(body)
    }
}
