import Digest
import Testing

@Suite("HMAC, PBKDF2 and random octets")
struct KeyedTests {
    @Test(
        "HMAC answers RFC 4231",
        arguments: [
            (
                [UInt8](repeating: 0x0b, count: 20), Array("Hi There".utf8),
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
            ),
            (
                Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
            ),
            (
                [UInt8](repeating: 0xaa, count: 20), [UInt8](repeating: 0xdd, count: 50),
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
            ),
            (
                [UInt8](repeating: 0xaa, count: 131),
                Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
            ),
            ([], [], "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"),
        ])
    func hmac(key: [UInt8], message: [UInt8], code: String) {
        #expect(hex(HMACSHA256.authenticate(message, key: key)) == code)
    }

    @Test(
        "PBKDF2 answers RFC 7914 section 11",
        arguments: [
            (
                "passwd", "salt", 1,
                "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
                    + "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783"
            ),
            (
                "Password", "NaCl", 80_000,
                "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"
                    + "a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d"
            ),
        ])
    func pbkdf2(password: String, salt: String, iterations: Int, key: String) {
        let derived = PBKDF2.deriveKey(
            password: Array(password.utf8), salt: Array(salt.utf8), iterations: iterations, length: 64)
        #expect(derived.map(hex) == key)
    }

    @Test("PBKDF2 refuses numbers out of range", arguments: [(0, 32), (-1, 32), (1 << 40, 32), (1, 0), (1, 1 << 30)])
    func ranges(iterations: Int, length: Int) {
        #expect(PBKDF2.deriveKey(password: [1], salt: [2], iterations: iterations, length: length) == nil)
    }

    @Test("PBKDF2 takes an empty password and an empty salt")
    func empty() {
        #expect(PBKDF2.deriveKey(password: [], salt: [], iterations: 1)?.count == 32)
    }

    @Test("random octets differ and have the length asked for")
    func random() throws {
        let first = try #require(RandomBytes.make(32))
        let second = try #require(RandomBytes.make(32))
        #expect(first.count == 32 && first != second)
        #expect(RandomBytes.make(0) == [])
        #expect(RandomBytes.make(-1) == nil)
    }
}
