/// Mozilla's description of a domain's servers, `config-v1.1.xml`, as domains publish it and as the ISPDB has it.
public enum ClientConfiguration {
    /// The IMAP servers with TLS, best first as the document has them. What has no TLS is left out, and so is what is no host.
    ///
    /// - Returns: empty where this is no such document.
    public static func candidates(
        _ text: String, for address: MailAddress, origin: ServerCandidate.Origin
    ) -> [ServerCandidate] {
        guard let document = try? XMLReader.document(text), document.name == "clientConfig" else { return [] }
        return document.children("emailProvider").flatMap { $0.children("incomingServer") }.compactMap { server in
            guard server.attributes["type"]?.lowercased() == "imap" else { return nil }
            let isImplicit: Bool
            switch server.text("socketType")?.uppercased() {
            case "SSL", "TLS": isImplicit = true
            case "STARTTLS": isImplicit = false
            default: return nil
            }
            let host = filled(server.text("hostname") ?? "", address)
            let user = filled(server.text("username") ?? "%EMAILADDRESS%", address)
            guard HostName.isValid(host), let port = UInt16(server.text("port") ?? (isImplicit ? "993" : "143")),
                port > 0, !user.isEmpty, user.unicodeScalars.allSatisfy({ $0.value > 0x1F && $0.value != 0x7F })
            else { return nil }
            return ServerCandidate(
                host: host, port: port, isImplicit: isImplicit, user: user, origin: origin,
                authentication: server.children("authentication").map(\.text))
        }
    }

    private static func filled(_ template: String, _ address: MailAddress) -> String {
        // One pass: what is filled in is not looked at again.
        var result = ""
        var rest = template[...]
        let values = [
            ("%EMAILADDRESS%", address.text), ("%EMAILLOCALPART%", address.local), ("%EMAILDOMAIN%", address.domain),
        ]
        while let first = rest.first {
            if let (name, value) = values.first(where: { rest.hasPrefix($0.0) }) {
                result += value
                rest = rest.dropFirst(name.count)
            } else {
                result.append(first)
                rest = rest.dropFirst()
            }
        }
        return result
    }
}
