internal import Glibc

// Usage: MailBench line --to PORT [--rtt MILLISECONDS] [--log FILE]
//        MailBench parse --count N FILE
// What Tests/bench.sh needs besides the program and other people's: a line with a delay, and the codecs alone.

/// The value behind `--name`, where it is given.
func option(_ name: String) -> String? {
    let arguments = CommandLine.arguments
    guard let at = arguments.firstIndex(of: "--" + name), at + 1 < arguments.count else { return nil }
    return arguments[at + 1]
}

func say(_ text: String, to file: Int32 = STDOUT_FILENO) {
    _ = Array("\(text)\n".utf8).withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
}

func fail(_ text: String) -> Never {
    say("MailBench: \(text)", to: STDERR_FILENO)
    exit(1)
}

signal(SIGPIPE, SIG_IGN)
switch CommandLine.arguments.dropFirst().first {
case "line":
    guard let port = option("to").flatMap(UInt16.init) else { fail("line: --to PORT is missing") }
    guard let delay = Double(option("rtt") ?? "0"), delay >= 0, delay < 60_000 else { fail("line: what delay?") }
    serveLine(to: port, delay: .nanoseconds(Int64(delay * 1_000_000)), log: option("log"))
case "parse":
    guard let path = CommandLine.arguments.last, let count = option("count").flatMap({ Int($0) }) else {
        fail("parse: --count N FILE")
    }
    measureParsing(of: path, messages: count)
default:
    say("usage: MailBench line --to PORT [--rtt MILLISECONDS] [--log FILE] | parse --count N FILE", to: STDERR_FILENO)
    exit(64)
}
