internal import COpenSSL

/// Why a certificate was refused, in words that say what to do (RFC 5280 section 6, RFC 6125).
enum CertificateVerdict {
    /// `code` is one of X509_V_ERR_….
    static func explanation(_ code: Int, host: String) -> String {
        let start = "the certificate of \(host) is not accepted: "
        switch Int32(clamping: code) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return start
                + "it has expired; the server's operator has to renew it (or the clock of this machine is wrong)"
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return start + "it is not valid yet; check the clock of this machine"
        case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH:
            return start + "it was issued for another host; use the name of the server that the certificate is for"
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
            return start + "it is signed by itself; if it is the right one, name it with --ca-file"
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
            X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE,
            X509_V_ERR_CERT_UNTRUSTED:
            return start
                + "its issuer is unknown; if it is the right one, name the PEM file of its certificate authority"
                + " with --ca-file"
        case X509_V_ERR_CERT_REVOKED:
            return start + "it has been revoked; do not use this server before its operator has replaced it"
        case X509_V_OK, X509_V_ERR_UNSPECIFIED:
            return start + "the server showed none"
        default:
            let reason = X509_verify_cert_error_string(code).map { String(cString: $0) } ?? "error \(code)"
            return start + reason
        }
    }
}
