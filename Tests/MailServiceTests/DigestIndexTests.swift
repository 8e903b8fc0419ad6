import IMAPValue
import MailModel
import SeededNumbers
import Testing

@testable import MailService

@Suite struct DigestIndexTests {
    private func messages(_ uids: ClosedRange<UInt32>, size: (UInt32) -> UInt64) -> [MessageMetadata] {
        uids.map { number in
            MessageMetadata(
                uid: UID(number) ?? .min, size: size(number), internalDate: 1, flags: Flags(),
                identity: MessageIdentity(high: 0, low: 0), identityIsProof: false, header: [])
        }
    }

    private func digest(_ uid: UInt32) -> [UInt8] { withUnsafeBytes(of: uid) { Array($0) } }

    /// Looks for one to the end.
    private func uid(
        of wanted: [UInt8], in index: inout DigestIndex, from lowest: UInt32 = 1, size: UInt64 = 5,
        owned: Set<UID> = [], reads: inout [UInt32], digest: (UInt32) -> [UInt8]?
    ) -> UInt32? {
        while true {
            switch index.step(
                to: wanted, size: size, from: UID(lowest) ?? .min, isOwned: { owned.contains($0) })
            {
            case .found(let uid): return uid.rawValue
            case .nowhere: return nil
            case .read(let uid):
                reads.append(uid.rawValue)
                if let digest = digest(uid.rawValue) { index.note(digest, of: uid) }
            }
        }
    }

    /// All of one size: none is read twice, in whatever order they are looked for, and whether they are there or not.
    @Test(arguments: 1...5) func eachIsReadOnce(seed: UInt64) {
        var numbers = SeededNumbers(seed: seed)
        var index = DigestIndex(messages(1...1_000) { _ in 5 })
        var reads: [UInt32] = []
        var owned: Set<UID> = []
        for wanted in (1...2_000 as ClosedRange<UInt32>).shuffled(using: &numbers) {
            let found = uid(of: digest(wanted), in: &index, owned: owned, reads: &reads, digest: digest)
            #expect(found == (wanted <= 1_000 ? wanted : nil))
            if let found = found.flatMap({ UID($0) }) { owned.insert(found) }
        }
        #expect(reads.count <= 1_000)
        #expect(Set(reads).count == reads.count)
    }

    /// Uploads in the order in which they arrived are found by reading one each.
    @Test func theLowestFirst() {
        var index = DigestIndex(messages(1...1_000) { _ in 5 })
        var reads: [UInt32] = []
        for wanted in 101...1_000 as ClosedRange<UInt32> {
            #expect(uid(of: digest(wanted), in: &index, from: 101, reads: &reads, digest: digest) == wanted)
        }
        #expect(reads == Array(101...1_000))
    }

    /// The same octets again and again: each upload has a message of its own.
    @Test func twins() {
        var index = DigestIndex(messages(1...100) { _ in 5 })
        var reads: [UInt32] = []
        var owned: Set<UID> = []
        for expected in 1...100 as ClosedRange<UInt32> {
            let found = uid(of: [7], in: &index, owned: owned, reads: &reads) { _ in [7] }
            #expect(found == expected)
            if let found = found.flatMap({ UID($0) }) { owned.insert(found) }
        }
        #expect(uid(of: [7], in: &index, owned: owned, reads: &reads) { _ in [7] } == nil)
        #expect(reads.count == 100)
    }

    /// What lies below the lowest UID for one upload may be another's.
    @Test func belowTheLowest() {
        var index = DigestIndex(messages(1...4) { _ in 5 })
        var reads: [UInt32] = []
        #expect(uid(of: digest(1), in: &index, from: 3, reads: &reads, digest: digest) == nil)
        #expect(reads == [3, 4])
        #expect(uid(of: digest(3), in: &index, from: 4, reads: &reads, digest: digest) == nil)
        #expect(uid(of: digest(2), in: &index, from: 1, reads: &reads, digest: digest) == 2)
        #expect(reads == [3, 4, 1, 2])
        #expect(uid(of: digest(3), in: &index, from: 1, reads: &reads, digest: digest) == 3)
        #expect(reads.count == 4)
    }

    /// Another size is another text; one that is gone is not asked for again.
    @Test func sizesAndThoseThatAreGone() {
        var index = DigestIndex(messages(1...6) { UInt64($0 % 2) })
        var reads: [UInt32] = []
        #expect(uid(of: digest(5), in: &index, size: 1, reads: &reads) { $0 == 3 ? nil : digest($0) } == 5)
        #expect(uid(of: digest(3), in: &index, size: 1, reads: &reads) { _ in nil } == nil)
        #expect(uid(of: digest(9), in: &index, size: 9, reads: &reads, digest: digest) == nil)
        #expect(reads == [1, 3, 5])
    }
}
