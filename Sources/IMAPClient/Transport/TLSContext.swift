internal import COpenSSL

/// What a TLS client trusts and speaks: the system's certificate authorities, those of one PEM file, TLS 1.2 and later.
///
/// There is no way to switch verification off.
final class TLSContext: @unchecked Sendable {
    /// Configured in `init`, never changed afterwards; reference-counted with atomics in libssl.
    let context: OpaquePointer

    /// `caFile` is read here; see `recent`.
    ///
    /// Throws `untrusted` where it cannot be read or holds no certificate.
    init(caFile: String?) throws(IMAPClientError) {
        ERR_clear_error()
        guard let context = SSL_CTX_new(TLS_client_method()) else {
            throw .unreachable("TLS cannot be started: \(TLSErrorQueue.drain())")
        }
        self.context = context
        _ = mailmount_SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION)
        SSL_CTX_set_options(context, UInt64(mailmount_SSL_OP_hardened()))
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
        guard SSL_CTX_set_default_verify_paths(context) == 1 else {
            throw .untrusted("the system's certificate authorities cannot be read: \(TLSErrorQueue.drain())")
        }
        ERR_clear_error()
        if let caFile, SSL_CTX_load_verify_locations(context, caFile, nil) != 1 {
            throw .untrusted(
                "the CA file \(caFile) cannot be used (\(TLSErrorQueue.drain())):"
                    + " it has to be a readable file of PEM certificates"
            )
        }
    }

    deinit {
        SSL_CTX_free(context)
    }
}

/// The errors that OpenSSL left on this thread.
enum TLSErrorQueue {
    /// Takes them all; the first is the cause, as text.
    static func drain() -> String {
        let code = ERR_get_error()
        ERR_clear_error()
        guard code != 0 else { return "no reason given" }
        if let reason = ERR_reason_error_string(code) { return String(cString: reason) }
        return "error \(String(code, radix: 16))"
    }
}
