internal import Discovery
internal import Foundation
internal import IMAPClient

/// From an address to a mounted account.
struct AccountSetup {
    let options: SetupCommand
    let questions = Questions()

    /// A server that was found, and what is known of its provider.
    struct Place {
        var url: AccountURL
        var provider: MailProvider?
    }

    /// - Throws: `UsageError`, `Failure`. Nothing is written before the login was accepted.
    func run() async throws {
        try options.check()
        let text = try options.address ?? questions.ask("Mail address", option: "an address")
        guard let address = MailAddress(text) else {
            throw UsageError("\(text) is no mail address: somebody@example.org is expected")
        }
        let place = try await ServerChoice(options: options, questions: questions).place(address)
        if let provider = place.provider { questions.say("\(provider.advice).") }
        let configuration = try existing()
        let name = try accountName(address, in: configuration.file)
        var values: [(key: String, value: String)] = []
        if let caFile = options.caFile { values.append(("ca-file", Directories.absolute(caFile))) }
        let login = AccountLogin(options: options, questions: questions, name: name)
        let (url, credentials) = try await login.perform(place, values)
        values = [("url", url.text)] + values + credentials
        values.append(("delete", try deletion(place)))
        let mountpoint =
            try options.mountpoint
            ?? questions.ask("Where to mount it", usual: "~/Mail/\(name)", option: "--mountpoint")
        values.append(("mountpoint", mountpoint))
        let written = ConfigurationEdit.setting(values, in: ["account", name], of: configuration.text)
        if options.dryRun {
            questions.say("\(configuration.path) would be:\n\n\(written)")
            return
        }
        try SecretFile.write(Array(written.utf8), to: configuration.path, keepsMode: true)
        // What was written is read as every command will read it.
        _ = try ConfigurationFile(path: configuration.path).account(name)
        questions.say("Account \(name) is in \(configuration.path).")
        try mount(name)
    }

    private func existing() throws -> (path: String, text: String, file: ConfigurationFile?) {
        // Where the file is a link into somebody's collection, the file itself is written.
        let named = options.config.map(Directories.absolute) ?? ConfigurationFile.standardPath
        let path = URL(fileURLWithPath: named).resolvingSymlinksInPath().path
        guard FileManager.default.fileExists(atPath: path) else { return (path, "", nil) }
        let file = try ConfigurationFile(path: path)
        guard let data = FileManager.default.contents(atPath: path),
            let text = String(validating: data, as: UTF8.self)
        else { throw Failure("cannot read \(path): \(FileCheck.reason(path))") }
        return (path, text, file)
    }

    private func accountName(_ address: MailAddress, in file: ConfigurationFile?) throws -> String {
        let taken = Set(file?.names ?? [])
        var usual = address.domain.split(separator: ".").first.map(String.init) ?? "mail"
        if taken.contains(usual), !options.replace { usual = address.text }
        while true {
            let name = try options.name ?? questions.ask("Call the account", usual: usual, option: "--name")
            let isUsable = !name.isEmpty && !name.contains { "/ \n\t".contains($0) } && !name.hasPrefix("-")
            if !taken.contains(name) || options.replace, isUsable { return name }
            let reason =
                isUsable ? "there is an account \(name) already: --replace writes over it" : "\(name) cannot be a name"
            guard questions.isInteractive, options.name == nil else { throw UsageError(reason) }
            questions.say("\(reason).")
        }
    }

    private func deletion(_ place: Place) throws -> String {
        if let delete = options.delete { return delete }
        questions.say(
            """
            What shall deleting a file do? trash: the message goes to the account's Trash (recommended); expunge: it is gone for good \
            after ten minutes, in which mailmount undelete brings it back; mark: it is only marked as deleted.
            """)
        return try questions.choose(
            "Deleting", ["trash", "expunge", "mark"], usual: "trash", option: "--delete")
    }

    private func mount(_ name: String) throws {
        let unit = UserUnit(account: name)
        let isUnit =
            try options.unit
            ?? (questions.isInteractive && options.config == nil && unit.isOffered
                && questions.agree("Mount it at each login", usual: true, unattended: false))
        if isUnit {
            try unit.enable()
            questions.say("\(unit.name) mounts it now and at each login.")
        } else if options.mount {
            let plan = try AccountPlan(account: name, configuration: options.config, options: Settings())
            let place = try plan.place(nil)
            try place.prepare()
            try Detachment.run(
                ["mount", name] + (options.config.map { ["--config", Directories.absolute($0)] } ?? []))
            questions.say("Mounted at \(place.path). Try: ls \(place.path)/INBOX")
        } else {
            questions.say("mailmount mount \(name) mounts it.")
        }
    }
}
