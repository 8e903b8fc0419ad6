internal import COpenSSL

/// Keyed message authentication with SHA-256 (RFC 2104, RFC 4231).
public enum HMACSHA256 {
    /// The code of `message` under `key`: 32 octets. Both may have any length, 0 included.
    public static func authenticate(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: SHA256.length) { buffer, count in
            var length: UInt32 = 0
            let code = key.withUnsafeBytes { key in
                // A null key would mean "the key of the call before".
                withUnsafePointer(to: 0 as UInt8) { empty in
                    HMAC(
                        Algorithm.sha256.md, key.baseAddress ?? UnsafeRawPointer(empty),
                        Int32(clamping: key.count), message, message.count, buffer.baseAddress, &length)
                }
            }
            precondition(code != nil && Int(length) == SHA256.length, "libcrypto offers no HMAC-SHA-256")
            count = SHA256.length
        }
    }
}
