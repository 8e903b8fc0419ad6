internal import COpenSSL

/// Octets that nobody can guess, from the generator of libcrypto.
public enum RandomBytes {
    /// `count` octets, 0 to 2,147,483,647; nil where the generator has no seed, which ends a login rather than weakens
    /// it.
    public static func make(_ count: Int) -> [UInt8]? {
        guard count >= 0, let length = Int32(exactly: count) else { return nil }
        var bytes = [UInt8](repeating: 0, count: count)
        return RAND_bytes(&bytes, length) == 1 ? bytes : nil
    }
}
