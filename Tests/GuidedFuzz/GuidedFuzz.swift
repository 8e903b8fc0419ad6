import Glibc

/// Hands inputs of libFuzzer to a subject: `GuidedFuzz SUBJECT [libFuzzer's options, directories and files]`. `PLANTED` in the
/// environment: with a fault in it that has to be found.
///
/// libFuzzer takes a trap, a signal and what the address sanitizer sees for a finding, and so a broken promise ends the process.
@main
enum GuidedFuzz {
    static func main() {
        var arguments = CommandLine.arguments
        guard arguments.count > 1, Subject(rawValue: arguments.remove(at: 1)) != nil else {
            say(
                "GuidedFuzz: the first argument is one of \(Subject.allCases.map(\.rawValue).joined(separator: ", "))\n"
            )
            exit(64)
        }
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        var count = Int32(arguments.count)
        words.withUnsafeMutableBufferPointer { words in
            var base = words.baseAddress
            exit(runDriver(&count, &base, testOneInput))
        }
    }
}

/// `LLVMFuzzerRunDriver` of libFuzzer.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<Int32>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

private func testOneInput(_ octets: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let input = Array(UnsafeBufferPointer(start: octets, count: count))
    if isPlanted { PlantedFault.run(input) }
    let findings = subject?.findings(in: input) ?? []
    guard findings.isEmpty else {
        say(findings.map { "finding: \($0)\n" }.joined())
        abort()
    }
    return 0
}

private let isPlanted = getenv("PLANTED") != nil
private let subject = Subject(rawValue: CommandLine.arguments.dropFirst().first ?? "")

private func say(_ text: String) { _ = write(STDERR_FILENO, text, text.utf8.count) }
