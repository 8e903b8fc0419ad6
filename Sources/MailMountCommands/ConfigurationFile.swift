internal import Foundation
internal import TOMLKit

/// `config.toml`: a table for each account, with the options of `mount` as keys and `url`.
///
/// ```toml
/// [account.work]
/// url = "imaps://alice@mail.example.org"
/// password-command = "pass mail/work"
/// ```
struct ConfigurationFile {
    let path: String
    private let table: TOMLTable

    /// - Parameter path: nil for the usual place, which need not exist.
    /// - Throws: `Failure` where the file cannot be read or is not TOML.
    init(path: String?) throws {
        let path = path ?? Directories.configuration + "/config.toml"
        self.path = path
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw Failure("cannot read \(path): \(error.localizedDescription)")
        }
        do {
            table = try TOMLTable(string: text)
        } catch {
            throw Failure("\(path): \(error)")
        }
    }

    /// The URL and options of an account; what stands outside every account's table counts for all.
    ///
    /// - Throws: `UsageError` for an unknown account or key.
    func account(_ name: String) throws -> (url: String, settings: Settings) {
        guard let accounts = table["account"]?.table, let account = accounts[name]?.table else {
            let known = table["account"]?.table?.keys.sorted().joined(separator: ", ") ?? ""
            throw UsageError("\(path) has no account \(name)" + (known.isEmpty ? "" : "; it has \(known)"))
        }
        var settings = try read(table, except: ["account"], place: path)
        settings.merge(try read(account, except: ["url"], place: "\(path), account \(name)"))
        guard let url = account["url"]?.string else {
            throw UsageError("\(path): account \(name) has no url = \"imaps://user@host\"")
        }
        return (url, settings)
    }

    private func read(_ table: TOMLTable, except: Set<String>, place: String) throws -> Settings {
        var settings = Settings()
        for key in table.keys where !except.contains(key) {
            guard Settings.valued.contains(key) || Settings.flags.contains(key), let value = table[key] else {
                throw UsageError("\(place): there is no option \(key)")
            }
            for text in try Self.texts(value, place: "\(place), \(key)") {
                settings.set(
                    key, Settings.flags.contains(key) ? try Settings.truth(text, of: "\(place), \(key)") : text)
            }
        }
        return settings
    }

    private static func texts(_ value: any TOMLValueConvertible, place: String) throws -> [String] {
        if let array = value.array { return try array.flatMap { try texts($0, place: place) } }
        if let text = value.string { return [text] }
        if let number = value.int { return [String(number)] }
        if let truth = value.bool { return [String(truth)] }
        throw UsageError("\(place): a text, a number, true or false is expected, or a list of them")
    }
}
