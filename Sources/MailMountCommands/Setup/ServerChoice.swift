internal import Discovery
internal import IMAPClient

/// Which server has an address's mail.
struct ServerChoice {
    let options: SetupCommand
    let questions: Questions

    /// The first candidate that is there and proves who it is; where its name came unproven, after the user has agreed.
    ///
    /// - Throws: `Failure` that lists what was tried, `UsageError`.
    func place(_ address: MailAddress) async throws -> AccountSetup.Place {
        if let server = options.server { return try await given(server, address) }
        var search = ServerSearch(autoconfig: options.autoconfig, asksResolver: !options.noResolver)
        if let database = options.database { search.database = database }
        questions.say("Looking for the servers of \(address.domain) ...")
        let candidates = await search.candidates(address)
        // Guesses are many, and mostly not there: they are tried at the same time.
        let urls = candidates.map { candidate in
            AccountURL(
                user: options.user ?? candidate.user,
                endpoint: Endpoint(
                    host: candidate.host, port: candidate.port, security: candidate.isImplicit ? .implicit : .startTLS))
        }
        let caFile = options.caFile.map(Directories.absolute)
        let obstacles = await withTaskGroup(of: (Int, String?).self) { group in
            for (index, url) in urls.enumerated() {
                group.addTask { (index, await ServerProbe.obstacle(url, caFile: caFile)) }
            }
            return await group.reduce(into: [Int: String?]()) { $0[$1.0] = $1.1 }
        }
        var tried: [String] = []
        for (index, candidate) in candidates.enumerated() {
            let url = urls[index]
            if let obstacle = obstacles[index] ?? "not tried" {
                tried.append("\(url.endpoint.host):\(url.endpoint.port): \(obstacle)")
                continue
            }
            guard try isAccepted(candidate, address) else {
                tried.append("\(candidate.host): not agreed to; --server imaps://\(candidate.host) does that")
                continue
            }
            questions.say("Found \(candidate.host), \(Self.describe(candidate.origin)).")
            return AccountSetup.Place(
                url: url,
                provider: MailProvider.serving(host: candidate.host) ?? MailProvider.of(domain: address.domain))
        }
        let report = "no server was found for \(address.domain):\n  " + tried.joined(separator: "\n  ")
        guard questions.isInteractive else {
            throw Failure("\(report)\nmailmount: --server imaps://HOST names it; the provider's help pages tell it")
        }
        questions.say(report)
        return try await given(
            try questions.ask("Server (imaps://host, as the provider's help pages have it)", option: "--server"),
            address)
    }

    private func given(_ server: String, _ address: MailAddress) async throws -> AccountSetup.Place {
        let text = server.contains("://") ? server : "imaps://" + server
        guard let mark = text.firstRange(of: "://") else { throw UsageError("\(server) is no server") }
        var url = try AccountURL(text[..<mark.upperBound] + "x@" + text[mark.upperBound...])
        url.user = options.user ?? address.text
        if let obstacle = await ServerProbe.obstacle(url, caFile: options.caFile.map(Directories.absolute)) {
            throw Failure("\(url.endpoint.host):\(url.endpoint.port): \(obstacle)")
        }
        return AccountSetup.Place(url: url, provider: MailProvider.serving(host: url.endpoint.host))
    }

    private func isAccepted(_ candidate: ServerCandidate, _ address: MailAddress) throws -> Bool {
        if candidate.isVouchedFor(domain: address.domain) { return true }
        guard questions.isInteractive else { return false }
        questions.say(
            "A DNS record, which anybody on the way can forge, has the mail of \(address.domain) at \(candidate.host).")
        return try questions.agree("Does your mail lie there", usual: false, unattended: false)
    }

    private static func describe(_ origin: ServerCandidate.Origin) -> String {
        switch origin {
        case .provider(let name): "the server of \(name)"
        case .autoconfig: "as the domain says"
        case .database: "as Mozilla's database says"
        case .serviceRecord: "as a DNS record says"
        case .exchanger(let name): "because \(name) takes in its mail"
        case .guess: "by its name"
        }
    }
}
