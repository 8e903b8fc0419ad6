internal import CFuse3

/// A part of a directory listing in the layout the kernel reads: `fuse_dirent`, or `fuse_direntplus` with `plus`.
///
/// ```swift
/// let buffer = DirectoryBuffer(capacity: capacity, plus: plus)
/// while let next = rows.next(), buffer.append(name: next.name, entry: next.entry, nextOffset: next.cookie) {}
/// ```
///
/// Used by one thread at a time. With `plus` each entry appended by ``append(name:entry:nextOffset:)`` counts as a
/// lookup once the reply is sent.
public final class DirectoryBuffer: @unchecked Sendable {
    /// Size of `fuse_entry_out`.
    private static let entrySize = 128
    /// Size of `fuse_dirent` without its name.
    private static let headerSize = 24

    public let plus: Bool
    /// Bytes in use.
    public private(set) var count = 0
    private let storage: UnsafeMutableRawBufferPointer

    /// - Parameter capacity: what ``FileSystem/readdir(_:_:offset:capacity:plus:)`` was given; bytes.
    public init(capacity: Int, plus: Bool) {
        self.plus = plus
        storage = UnsafeMutableRawBufferPointer.allocate(byteCount: max(capacity, 0), alignment: 8)
    }

    deinit { storage.deallocate() }

    public var isEmpty: Bool { count == 0 }

    /// What goes to the kernel. Valid while the buffer lives and is not appended to.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: storage[..<count]) }

    /// Adds a name.
    /// - Parameters:
    ///   - name: 1 ... 255 bytes, neither `/` nor NUL in it; the kernel refuses the whole listing otherwise.
    ///   - nextOffset: the `offset` with which reading goes on behind this name. Not 0.
    /// - Returns: false when it does not fit; nothing was added then.
    public func append(name: UnsafeRawBufferPointer, entry: Entry, nextOffset: Int64) -> Bool {
        guard let start = reserve(name) else { return false }
        if plus { write(entry, at: start) }
        writeHeader(name, inode: entry.inode, kind: entry.attributes.kind, nextOffset: nextOffset, at: start)
        return true
    }

    /// Adds a name without a lookup, such as `.` and `..`.
    public func append(name: UnsafeRawBufferPointer, inode: Inode, kind: Attributes.Kind, nextOffset: Int64) -> Bool {
        guard let start = reserve(name) else { return false }
        if plus {
            UnsafeMutableRawBufferPointer(rebasing: storage[start..<start + Self.entrySize])
                .initializeMemory(as: UInt8.self, repeating: 0)
        }
        writeHeader(name, inode: inode, kind: kind, nextOffset: nextOffset, at: start)
        return true
    }

    /// The inodes whose lookups this buffer carries.
    func forEachLookup(_ body: (Inode) -> Void) {
        guard plus else { return }
        var start = 0
        while count - start >= Self.entrySize + Self.headerSize {
            let inode = storage.load(fromByteOffset: start, as: UInt64.self)
            let length = storage.load(fromByteOffset: start + Self.entrySize + 16, as: UInt32.self)
            if inode != 0 { body(inode) }
            start += Self.aligned(Self.entrySize + Self.headerSize + Int(length))
        }
    }

    private static func aligned(_ count: Int) -> Int { (count + 7) & ~7 }

    private func reserve(_ name: UnsafeRawBufferPointer) -> Int? {
        let start = count
        let size = Self.aligned((plus ? Self.entrySize : 0) + Self.headerSize + name.count)
        guard size <= storage.count - start else { return nil }
        count = start + size
        return start
    }

    private func writeHeader(
        _ name: UnsafeRawBufferPointer, inode: Inode, kind: Attributes.Kind, nextOffset: Int64, at start: Int
    ) {
        let at = start + (plus ? Self.entrySize : 0)
        storage.storeBytes(of: inode, toByteOffset: at, as: UInt64.self)
        storage.storeBytes(of: nextOffset, toByteOffset: at + 8, as: Int64.self)
        storage.storeBytes(of: UInt32(clamping: name.count), toByteOffset: at + 16, as: UInt32.self)
        storage.storeBytes(of: kind.mode >> 12, toByteOffset: at + 20, as: UInt32.self)
        let text = at + Self.headerSize
        UnsafeMutableRawBufferPointer(rebasing: storage[text..<text + name.count]).copyMemory(from: name)
        for padding in text + name.count..<count { storage[padding] = 0 }
    }

    private func write(_ entry: Entry, at start: Int) {
        let attributes = entry.attributes
        let entryValid = Timeout(entry.entryTimeout)
        let attributesValid = Timeout(entry.attributeTimeout)
        var at = start
        func put(_ value: UInt64) {
            storage.storeBytes(of: value, toByteOffset: at, as: UInt64.self)
            at += 8
        }
        func put(_ value: UInt32) {
            storage.storeBytes(of: value, toByteOffset: at, as: UInt32.self)
            at += 4
        }
        put(entry.inode)
        put(entry.generation)
        put(entryValid.seconds)
        put(attributesValid.seconds)
        put(entryValid.nanoseconds)
        put(attributesValid.nanoseconds)
        put(attributes.inode)
        put(UInt64(UInt64(Int64.max) < attributes.size ? UInt64(Int64.max) : attributes.size))
        put(attributes.blocks)
        put(UInt64(bitPattern: attributes.accessed))
        put(UInt64(bitPattern: attributes.modified))
        put(UInt64(bitPattern: attributes.changed))
        put(attributes.accessedNanoseconds)
        put(attributes.modifiedNanoseconds)
        put(attributes.changedNanoseconds)
        put(attributes.mode)
        put(attributes.linkCount)
        put(attributes.uid)
        put(attributes.gid)
        put(UInt32(0))  // rdev
        put(UInt32(4096))  // blksize
        put(UInt32(0))  // flags
    }
}
