internal import ArgumentParser
internal import Foundation
internal import Glibc
internal import MailQuery

/// `mailmount search MOUNTPOINT QUERY [-0] [--json] [--explain]`.
struct SearchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search", abstract: "Find messages; their paths are printed, the newest first.",
        discussion: """
            All words have to be in the header or the text, without regard to case and accents: mailmount search ~/Mail from:mina berth. Also \
            "a phrase", begin*, -not, OR, ( ), to: cc: subject: body: list: message-id: in:FOLDER tag:KEYWORD \
            is:unread|read|flagged|answered|draft has:attachment since: before: on: (2026-11-27, 7d) larger: smaller: (5M), raw: (Gmail). \
            What is cached is looked at here, other texts by the server.
            """)

    @Argument(help: "Where it is mounted, or the account's name.", completion: Completions.mounts)
    var mountpoint: String
    @Argument(parsing: .captureForPassthrough, help: "What is looked for, and the options below.")
    var words: [String] = []
    @Flag(name: .customShort("0"), help: "End each path with NUL, for xargs -0.")
    var null = false
    @Flag(help: "A line of JSON for each message, with its attributes.")
    var json = false
    @Flag(help: "Print how the query is understood, and where it is not; look for nothing.")
    var explain = false

    /// They may stand behind the query, whose words may begin with `-`.
    private static let options: Set<String> = ["-0", "--json", "--explain"]

    private func isOn(_ flag: Bool, _ option: String) -> Bool { flag || words.contains(option) }

    func run() async throws {
        await reporting {
            let mountpoint = try MountSelection.mountpoint(mountpoint)
            let text = words.filter { !Self.options.contains($0) }.joined(separator: " ")
            let query = try Self.parse(text)
            if isOn(explain, "--explain") {
                try Self.requireUnderstood(query, text, by: mountpoint)
                print(query.description)
                if query.needsOrder {
                    print(
                        "Whether words follow each other is looked up in cached texts; of what is cached no more the server is asked."
                    )
                }
                return
            }
            let reply = try Mounts.ask(
                Mounts.control(of: mountpoint), ControlRequest(operation: .search, query: text), of: mountpoint,
                found: { paths in for path in paths { tell(mountpoint + "/" + path) } })
            guard case .searched(let unsearched, let reason) = reply else { return }
            if unsearched == 0, let reason { StandardError.write("mailmount: not all was looked at: \(reason)") }
            if unsearched > 0 {
                StandardError.write(
                    "mailmount: the text of \(unsearched) messages was not looked at, or not all of it"
                        + (reason.map { ": \($0)" } ?? ""))
            }
        }
    }

    /// - Throws: `UsageError`.
    private static func parse(_ text: String) throws -> Query {
        do throws(QueryError) {
            return try Query(parsing: text, now: Int64(time(nil)))
        } catch {
            throw UsageError(mark(error, in: text))
        }
    }

    /// Whether it is Gmail, in whose words a part of the query is, only the mount knows.
    private static func requireUnderstood(_ query: Query, _ text: String, by mountpoint: String) throws {
        guard query.terms.contains(where: { if case .raw = $0 { true } else { false } }) else { return }
        _ = try Mounts.ask(
            mountpoint, ControlRequest(operation: .search, query: text, explains: true))
    }

    /// The query, and below it a mark where it means nothing.
    static func mark(_ error: QueryError, in text: String) -> String {
        "the query means nothing: \(error.reason)\n  \(text)\n  " + String(repeating: " ", count: error.offset) + "^"
    }

    private func tell(_ path: String) {
        if isOn(json, "--json") {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            if let data = try? encoder.encode(ToldMessage(path: path)) { print(String(decoding: data, as: UTF8.self)) }
        } else {
            print(path, terminator: isOn(null, "-0") ? "\0" : "\n")
        }
    }
}
