internal import CCurl
internal import Glibc

/// Requests over libcurl, each on a thread of its own: https, and http for loopback addresses alone.
public enum HTTPFetch {
    /// - Throws: `HTTPError`. An answer of any status is no error.
    public static func perform(_ request: HTTPRequest) async throws -> HTTPAnswer {
        let result: Result<HTTPAnswer, HTTPError> = await withCheckedContinuation { continuation in
            let work = Work { continuation.resume(returning: exchange(request)) }
            if !work.start() { continuation.resume(returning: .failure(.unreachable("no thread for a request"))) }
        }
        return try result.get()
    }

    /// Whether secrets may be sent there.
    private static func isSafe(_ url: String) -> Bool {
        let text = url.lowercased()
        return text.hasPrefix("https://") || isLoopback(text)
    }

    private static func isLoopback(_ url: String) -> Bool {
        ["http://127.0.0.1:", "http://localhost:", "http://[::1]:"].contains { origin in
            url.hasPrefix(origin) && !url.dropFirst(origin.count).prefix { $0 != "/" }.contains("@")
        }
    }

    /// libcurl is loaded and made ready once, before any thread uses it.
    private static let isReady = mailmount_curl_start() == CURLE_OK

    private static func exchange(_ request: HTTPRequest) -> Result<HTTPAnswer, HTTPError> {
        guard isSafe(request.url) else { return .failure(.notEncrypted(request.url)) }
        guard isReady, let handle = mailmount_curl_easy_init() else {
            return .failure(.unreachable("libcurl.so.4 is missing, or does not start"))
        }
        defer { mailmount_curl_easy_cleanup(handle) }
        let body = Body(limit: request.bodyLimit)
        let context = Unmanaged.passUnretained(body).toOpaque()
        var message = [CChar](repeating: 0, count: Int(CURL_ERROR_SIZE))
        let milliseconds = Int(max(1, min(3_600_000, request.limit / .milliseconds(1))))
        let code = message.withUnsafeMutableBufferPointer { message in
            mailmount_curl_set_pointer(handle, CURLOPT_ERRORBUFFER, message.baseAddress)
            mailmount_curl_set_text(handle, CURLOPT_URL, request.url)
            mailmount_curl_set_text(handle, CURLOPT_USERAGENT, "mailmount")
            mailmount_curl_set_text(handle, CURLOPT_PROTOCOLS_STR, isLoopback(request.url) ? "http" : "https")
            mailmount_curl_set_text(handle, CURLOPT_REDIR_PROTOCOLS_STR, isLoopback(request.url) ? "http" : "https")
            mailmount_curl_set_long(handle, CURLOPT_TIMEOUT_MS, milliseconds)
            mailmount_curl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, min(milliseconds, 5_000))
            // A signal handler would be the whole program's.
            mailmount_curl_set_long(handle, CURLOPT_NOSIGNAL, 1)
            if isLoopback(request.url) { mailmount_curl_set_text(handle, CURLOPT_NOPROXY, "*") }
            if let user = request.user {
                // Basic is libcurl's usual; nothing else is tried.
                mailmount_curl_set_text(handle, CURLOPT_USERNAME, user.name)
                mailmount_curl_set_text(handle, CURLOPT_PASSWORD, user.password)
            }
            if let form = request.form {
                mailmount_curl_set_long(handle, CURLOPT_POSTFIELDSIZE, form.utf8.count)
                mailmount_curl_set_text(handle, CURLOPT_COPYPOSTFIELDS, form)
            } else if request.redirections > 0 {
                mailmount_curl_set_long(handle, CURLOPT_FOLLOWLOCATION, 1)
                mailmount_curl_set_long(handle, CURLOPT_MAXREDIRS, request.redirections)
            }
            mailmount_curl_set_writer(handle, { Body.take($0, $1, $2, $3) }, context)
            mailmount_curl_set_header_reader(handle, { Body.read(line: $0, $1, $2, $3) }, context)
            return withExtendedLifetime(body) { mailmount_curl_easy_perform(handle) }
        }
        if body.isTooLarge { return .failure(.tooLarge) }
        guard code == CURLE_OK else {
            let said = String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let text = said.isEmpty ? String(cString: mailmount_curl_easy_strerror(code)) : said
            switch code {
            case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR:
                return .failure(.untrusted(text))
            default: return .failure(.unreachable(text))
            }
        }
        var status = 0
        mailmount_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        return .success(HTTPAnswer(status: status, body: body.octets, date: body.date))
    }

    /// Gathers the body, and the header field that is wanted, on the thread of the request alone.
    private final class Body {
        var octets: [UInt8] = []
        var isTooLarge = false
        var date: Int64?
        let limit: Int

        init(limit: Int) { self.limit = limit }

        static func take(
            _ data: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
        ) -> Int {
            guard let data, let context else { return 0 }
            let body = Unmanaged<Body>.fromOpaque(context).takeUnretainedValue()
            let (length, isTooLong) = size.multipliedReportingOverflow(by: count)
            guard !isTooLong, length <= body.limit - body.octets.count else {
                body.isTooLarge = true
                return 0
            }
            body.octets += UnsafeRawBufferPointer(start: data, count: length)
            return length
        }

        /// Of one header line, as libcurl calls it: the status line too, and those of answers that led on to another.
        static func read(
            line: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
        ) -> Int {
            guard let line, let context else { return 0 }
            let (length, isTooLong) = size.multipliedReportingOverflow(by: count)
            guard !isTooLong else { return 0 }
            let text = String(decoding: UnsafeRawBufferPointer(start: line, count: length), as: UTF8.self)
            if text.lowercased().hasPrefix("date:") {
                let date = mailmount_curl_getdate(String(text.dropFirst(5)))
                Unmanaged<Body>.fromOpaque(context).takeUnretainedValue().date = date < 0 ? nil : Int64(date)
            }
            return length
        }
    }

    /// A thread of its own: a request waits for the network.
    private final class Work: Sendable {
        private let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) { self.body = body }

        /// - Returns: false where there can be no further thread.
        func start() -> Bool {
            var attributes = pthread_attr_t()
            pthread_attr_init(&attributes)
            defer { pthread_attr_destroy(&attributes) }
            pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
            var thread = pthread_t()
            let context = Unmanaged.passRetained(self)
            let result = pthread_create(
                &thread, &attributes,
                { context in
                    guard let context else { return nil }
                    Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body()
                    return nil
                }, context.toOpaque())
            if result != 0 { context.release() }
            return result == 0
        }
    }
}
