internal import Discovery
internal import HTTPFetch

/// Where the mail of an address may be: a table, the domain, a database, records, and names that are usual.
struct ServerSearch: Sendable {
    /// Asked in place of the domain; nothing for an empty text. For networks that have a description of their own.
    var autoconfig: String?
    /// The database, to which the domain's name is added.
    var database = "https://autoconfig.thunderbird.net/v1.1/"
    var asksResolver = true

    /// All candidates, the best first. The sources are asked at the same time; none may take longer than a few seconds.
    func candidates(_ address: MailAddress) async -> [ServerCandidate] {
        if let provider = MailProvider.of(domain: address.domain) {
            return [provider.candidate(address, origin: .provider(provider.name))]
        }
        async let own = ownDescription(address)
        async let listed = described(database + address.domain, address, .database)
        async let records = serviceRecords(address)
        async let exchanger = exchangers(address)
        let found = await own + listed + records + exchanger
        var seen: Set<String> = []
        return (found + ServerCandidate.guesses(address)).filter {
            seen.insert("\($0.host.lowercased()):\($0.port) \($0.user)").inserted
        }
    }

    private func ownDescription(_ address: MailAddress) async -> [ServerCandidate] {
        if let autoconfig {
            return autoconfig.isEmpty ? [] : await described(autoconfig, address, .autoconfig)
        }
        let query = "mail/config-v1.1.xml"
        async let first = described("https://autoconfig.\(address.domain)/\(query)", address, .autoconfig)
        async let second = described("https://\(address.domain)/.well-known/autoconfig/\(query)", address, .autoconfig)
        let found = await first
        return found.isEmpty ? await second : found
    }

    /// Over https only: a description that anybody on the way can change names anybody's server.
    private func described(
        _ url: String, _ address: MailAddress, _ origin: ServerCandidate.Origin
    ) async -> [ServerCandidate] {
        guard
            let answer = try? await HTTPFetch.perform(HTTPRequest(url: url, limit: .seconds(6), redirections: 3)),
            answer.status == 200, let text = String(validating: answer.body, as: UTF8.self)
        else { return [] }
        return ClientConfiguration.candidates(text, for: address, origin: origin)
    }

    /// RFC 6186; RFC 8314 wants implicit TLS first.
    private func serviceRecords(_ address: MailAddress) async -> [ServerCandidate] {
        guard asksResolver else { return [] }
        async let implicit = Resolver.records("_imaps._tcp.\(address.domain)", type: DNSMessage.serviceType)
        async let upgraded = Resolver.records("_imap._tcp.\(address.domain)", type: DNSMessage.serviceType)
        var found: [ServerCandidate] = []
        for (message, isImplicit) in [(await implicit, true), (await upgraded, false)] {
            for service in message?.services ?? [] where HostName.isValid(service.target) && service.port > 0 {
                found.append(
                    ServerCandidate(
                        host: service.target, port: service.port, isImplicit: isImplicit, user: address.text,
                        origin: .serviceRecord))
            }
        }
        return found
    }

    /// Many domains have their mail at a large provider.
    private func exchangers(_ address: MailAddress) async -> [ServerCandidate] {
        guard asksResolver,
            let message = await Resolver.records(address.domain, type: DNSMessage.exchangerType),
            let provider = message.exchangers.lazy.compactMap({ MailProvider.receiving(exchanger: $0.name) }).first
        else { return [] }
        return [provider.candidate(address, origin: .exchanger(provider.name))]
    }
}
