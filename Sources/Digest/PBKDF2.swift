internal import COpenSSL

/// Password-based key derivation with HMAC-SHA-256 (RFC 8018 section 5.2).
public enum PBKDF2 {
    /// A key of `length` octets (1 to 1,048,576) from `password` and `salt`.
    ///
    /// `iterations` is 1 to 2,147,483,647 and costs about half a microsecond each: who takes it from a peer sets a
    /// limit first.
    /// nil where a number is out of range.
    public static func deriveKey(
        password: [UInt8], salt: [UInt8], iterations: Int, length: Int = SHA256.length
    ) -> [UInt8]? {
        guard iterations > 0, let rounds = Int32(exactly: iterations), (1...(1 << 20)).contains(length),
            let passwordLength = Int32(exactly: password.count), let saltLength = Int32(exactly: salt.count)
        else { return nil }
        var done: Int32 = 0
        let key = [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
            done = password.withUnsafeBytes { password in
                PKCS5_PBKDF2_HMAC(
                    password.bindMemory(to: CChar.self).baseAddress, passwordLength, salt, saltLength, rounds,
                    Algorithm.sha256.md, Int32(length), buffer.baseAddress)
            }
            count = done == 1 ? length : 0
        }
        return done == 1 ? key : nil
    }
}
