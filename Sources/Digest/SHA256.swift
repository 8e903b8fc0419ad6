internal import COpenSSL

/// SHA-256 of octets that arrive in pieces (FIPS 180-4). One owner at a time: not safe for use from several threads at
/// once.
///
/// ```
/// let digest = SHA256()
/// digest.update(piece); digest.update(next); let octets = digest.finish()      // 32 octets
/// ```
public final class SHA256 {
    /// Octets of a digest.
    public static let length = Int(SHA256_DIGEST_LENGTH)

    private let context: OpaquePointer

    /// Starts an empty digest. Costs one allocation; the algorithm is looked up once for the process.
    public init() {
        guard let context = EVP_MD_CTX_new() else { preconditionFailure("out of memory") }
        self.context = context
        begin()
    }

    deinit {
        EVP_MD_CTX_free(context)
    }

    /// Adds octets; they are not copied.
    public func update(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress, bytes.count > 0 else { return }
        let done = EVP_DigestUpdate(context, base, bytes.count)
        precondition(done == 1, "EVP_DigestUpdate failed")
    }

    /// The digest of all octets so far, 32 of them. The object then stands at the beginning again and may be used for
    /// the next digest.
    public func finish() -> [UInt8] {
        let digest = [UInt8](unsafeUninitializedCapacity: SHA256.length) { buffer, count in
            let done = EVP_DigestFinal_ex(context, buffer.baseAddress, nil)
            precondition(done == 1, "EVP_DigestFinal_ex failed")
            count = SHA256.length
        }
        begin()
        return digest
    }

    /// The digest of octets that are all there.
    public static func hash(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        let digest = SHA256()
        let direct: Void? = bytes.withContiguousStorageIfAvailable { digest.update(UnsafeRawBufferPointer($0)) }
        if direct == nil { Array(bytes).withUnsafeBytes { digest.update($0) } }
        return digest.finish()
    }

    private func begin() {
        let done = EVP_DigestInit_ex2(context, Algorithm.sha256.md, nil)
        precondition(done == 1, "libcrypto offers no SHA-256")
    }
}

/// An algorithm fetched from its provider once: fetching it for each digest costs more than digesting a short text.
struct Algorithm: @unchecked Sendable {
    /// Constant once fetched, and reference-counted with atomics in libcrypto.
    let md: OpaquePointer

    static let sha256: Algorithm = {
        guard let md = EVP_MD_fetch(nil, "SHA256", nil) else { preconditionFailure("libcrypto offers no SHA-256") }
        return Algorithm(md: md)
    }()
}
