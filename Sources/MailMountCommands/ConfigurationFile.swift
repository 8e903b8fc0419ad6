internal import Foundation
internal import TOMLKit

/// `config.toml`: a table for each account, with the options of `mount` as keys and `url`.
///
/// ```toml
/// [account.work]
/// url = "imaps://alice@mail.example.org"
/// password-command = "pass mail/work"
/// mountpoint = "~/Mail/work"
/// ```
struct ConfigurationFile {
    let path: String
    private let table: TOMLTable
    private let outline: ConfigurationOutline

    /// The usual place.
    static var standardPath: String { Directories.configuration + "/config.toml" }

    /// - Parameter path: nil for the usual place.
    /// - Throws: `Failure` where the file cannot be read or is not TOML.
    init(path: String?) throws {
        let path = path.map(Directories.absolute) ?? Self.standardPath
        self.path = path
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Failure("cannot read \(path): \(FileCheck.reason(path))")
        }
        guard let text = String(validating: data, as: UTF8.self) else { throw Failure("\(path) is not UTF-8") }
        outline = ConfigurationOutline(text)
        do {
            table = try TOMLTable(string: text)
        } catch let error as TOMLParseError {
            throw Failure(Self.explain(error, in: text, path: path))
        } catch {
            throw Failure("\(path): \(error)")
        }
    }

    /// The file at this place; nil where the usual one is not there.
    ///
    /// - Throws: `Failure`.
    static func ifPresent(_ path: String?) throws -> ConfigurationFile? {
        if path == nil, !FileManager.default.fileExists(atPath: standardPath) { return nil }
        return try ConfigurationFile(path: path)
    }

    /// The names of all accounts.
    var names: [String] { table["account"]?.table?.keys.sorted() ?? [] }

    /// The names of those that have a mountpoint, right or wrong otherwise.
    var placedNames: [String] { names.filter { table["account"]?.table?[$0]?.table?["mountpoint"] != nil } }

    func has(_ name: String) -> Bool { table["account"]?.table?[name]?.table != nil }

    /// The URL and options of an account; what stands outside every account's table counts for all.
    ///
    /// - Throws: `UsageError` for an unknown account or key.
    func account(_ name: String) throws -> (url: String, settings: Settings) {
        guard let account = table["account"]?.table?[name]?.table else {
            let known = names.joined(separator: ", ")
            throw UsageError(
                "\(path) has no account \(name)" + (known.isEmpty ? "" : "; it has \(known)")
                    + NearestWord.question(name, in: names))
        }
        var settings = try read(table, except: ["account"], at: [])
        settings.merge(try read(account, except: ["url"], at: ["account", name]))
        guard let url = account["url"]?.string else {
            throw UsageError("\(place("url", ["account", name])): account \(name) has no url = \"imaps://user@host\"")
        }
        return (url, settings)
    }

    private func read(_ table: TOMLTable, except: Set<String>, at path: [String]) throws -> Settings {
        var settings = Settings()
        for key in table.keys where !except.contains(key) {
            let place = place(key, path)
            let isOfAccount = Settings.ofAccount.contains(key)
            if isOfAccount, path.isEmpty {
                throw UsageError("\(place): \(key) belongs into an account's table, below [account.NAME]")
            }
            guard isOfAccount || Settings.valued.contains(key) || Settings.flags.contains(key), let value = table[key]
            else {
                throw UsageError(
                    "\(place): there is no option \(key)" + NearestWord.question(key, in: Settings.keys))
            }
            for text in try Self.texts(value, place: "\(place), \(key)") {
                settings.set(
                    key, Settings.flags.contains(key) ? try Settings.truth(text, of: "\(place), \(key)") : text,
                    origin: place)
            }
        }
        return settings
    }

    /// `FILE:LINE`, where it is known which.
    private func place(_ key: String, _ table: [String]) -> String {
        outline.line(of: key, in: table).map { "\(path):\($0)" } ?? path
    }

    private static func texts(_ value: any TOMLValueConvertible, place: String) throws -> [String] {
        if let array = value.array { return try array.flatMap { try texts($0, place: place) } }
        if let text = value.string { return [text] }
        if let number = value.int { return [String(number)] }
        if let truth = value.bool { return [String(truth)] }
        throw UsageError("\(place): a text, a number, true or false is expected, or a list of them")
    }

    /// Mostly a text stands there without quotes.
    private static func explain(_ error: TOMLParseError, in text: String, path: String) -> String {
        let number = error.source.begin.line
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let line = lines.indices.contains(number - 1) ? lines[number - 1] : ""
        let parts = line.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
        if parts.count == 2, let first = parts[1].first, !"\"'[{".contains(first), Settings.keys.contains(parts[0]) {
            let example = Settings.examples[parts[0]] ?? "…"
            return "\(path):\(number): \(parts[0]): a text stands in quotes, such as \(parts[0]) = \"\(example)\""
        }
        let said = error.description.split(separator: "\n").first.map(String.init) ?? "not TOML"
        return "\(path):\(number): \(said)"
    }
}
