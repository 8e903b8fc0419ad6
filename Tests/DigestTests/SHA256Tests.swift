import Digest
import Testing

@Suite("SHA-256")
struct SHA256Tests {
    @Test(
        "answers the examples of FIPS 180-4",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ])
    func vectors(text: String, digest: String) {
        #expect(hex(SHA256.hash(text.utf8)) == digest)
        #expect(hex(SHA256.hash(text.utf8.reversed().reversed())) == digest)
    }

    @Test("a million octets in pieces of any size give one digest", arguments: [1, 63, 64, 65, 4_096, 1_000_000])
    func pieces(size: Int) {
        let digest = SHA256()
        let piece = [UInt8](repeating: UInt8(ascii: "a"), count: size)
        var left = 1_000_000
        while left > 0 {
            let count = min(left, size)
            piece.withUnsafeBytes { digest.update(UnsafeRawBufferPointer(rebasing: $0[0..<count])) }
            left -= count
        }
        #expect(hex(digest.finish()) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test("starts again after finish")
    func reuse() {
        let digest = SHA256()
        _ = digest.finish()
        Array("abc".utf8).withUnsafeBytes { digest.update($0) }
        digest.update(UnsafeRawBufferPointer(start: nil, count: 0))
        #expect(digest.finish() == SHA256.hash("abc".utf8))
    }
}

func hex(_ bytes: [UInt8]) -> String {
    bytes.map { byte in
        let digits = String(byte, radix: 16)
        return digits.count == 1 ? "0" + digits : digits
    }.joined()
}
