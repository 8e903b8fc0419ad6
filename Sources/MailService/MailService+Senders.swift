internal import MailMessage
public import MailModel
internal import MailStore

extension MailService {
    /// Header fields that are read at once.
    private static let headersAtOnce = 1000

    /// Authors of one message at most: what names more was written by nobody.
    private static let mostSenders = 50

    /// The addresses of each message's authors, decoded and in lower case, each once; messages that name none are left out. Of the header
    /// fields that were listed, without the server.
    ///
    /// - Throws: `ServiceError`, `CancellationError`.
    public func senders(of ids: [MessageID]) throws -> [MessageID: [String]] {
        var senders: [MessageID: [String]] = [:]
        for start in stride(from: 0, to: ids.count, by: Self.headersAtOnce) {
            try Task.checkCancellation()
            let part = ids[start..<min(start + Self.headersAtOnce, ids.count)]
            do {
                let headers = try store.headers(of: Array(part))
                for id in part {
                    // An upload has its fields in its file.
                    guard let header = try headers[id] ?? journal.header(of: id),
                        let field = Header(header).value(of: "From")
                    else { continue }
                    var addresses: [String] = []
                    for address in AddressList.addresses(field, atMost: Self.mostSenders) {
                        let address = address.lowercased()
                        if !addresses.contains(address) { addresses.append(address) }
                    }
                    if !addresses.isEmpty { senders[id] = addresses }
                }
            } catch {
                throw ServiceError(error)
            }
        }
        return senders
    }
}
