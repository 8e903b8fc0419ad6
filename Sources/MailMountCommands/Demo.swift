internal import Foundation
internal import Glibc

/// A private server on loopback with the messages of `examples/`, in a directory of its own.
struct Demo {
    let directory: String
    let url: String
    let caFile: String
    let passwordFile: String

    private static let script = "demo-server.sh"

    /// - Throws: `Failure`.
    static func start() throws -> Demo {
        guard let examples else {
            throw Failure("the examples are not here: run the program of a source checkout, or set MAILMOUNT_EXAMPLES")
        }
        var template = Array((NSTemporaryDirectory() + "mailmount-demo-XXXXXX").utf8CString)
        guard let made = mkdtemp(&template) else { throw Failure("cannot make a temporary directory") }
        let directory = String(cString: made)
        do {
            let output = try run(examples + "/" + script, ["start", directory])
            let values = Dictionary(
                output.split(separator: "\n").compactMap { line -> (String, String)? in
                    let words = line.split(separator: " ", maxSplits: 1)
                    return words.count == 2 ? (String(words[0]), String(words[1])) : nil
                }, uniquingKeysWith: { _, last in last })
            guard let url = values["url"], let caFile = values["ca"], let passwordFile = values["password-file"] else {
                throw Failure("\(script) did not say where its server is")
            }
            return Demo(directory: directory, url: url, caFile: caFile, passwordFile: passwordFile)
        } catch {
            remove(directory)
            throw error
        }
    }

    /// Stops the server of a directory and removes it.
    static func remove(_ directory: String?) {
        guard let directory, (directory as NSString).lastPathComponent.hasPrefix("mailmount-demo-") else { return }
        if let examples { _ = try? run(examples + "/" + script, ["stop", directory]) }
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// `examples` of the checkout that this program was built in.
    private static var examples: String? {
        if let given = ProcessInfo.processInfo.environment["MAILMOUNT_EXAMPLES"] { return given }
        var directory = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        while directory.path != "/" {
            let candidate = directory.appendingPathComponent("examples")
            if FileManager.default.isExecutableFile(atPath: candidate.appendingPathComponent(script).path) {
                return candidate.path
            }
            directory.deleteLastPathComponent()
        }
        return nil
    }

    private static func run(_ path: String, _ arguments: [String]) throws -> String {
        let (status, output) = try ChildProcess.run(path, arguments)
        guard status == 0 else { throw Failure("\(path) ended with status \(status)") }
        return String(decoding: output, as: UTF8.self)
    }
}
