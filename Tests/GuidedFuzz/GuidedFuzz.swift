import Glibc

/// Hands inputs of libFuzzer, whose options, directories and files are the arguments, to a subject.
///
/// `GUIDED` in the environment is its name, which processes that libFuzzer begins itself see as well; `PLANTED`: with a fault in it that
/// has to be found. libFuzzer takes a trap, a signal and what the address sanitizer sees for a finding, and so a broken promise ends the
/// process.
@main
enum GuidedFuzz {
    static func main() {
        let arguments = CommandLine.arguments
        guard subject != nil else {
            say("GuidedFuzz: GUIDED has to be one of \(Subject.allCases.map(\.rawValue).joined(separator: ", "))\n")
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
private let subject = getenv("GUIDED").flatMap { Subject(rawValue: String(cString: $0)) }

private func say(_ text: String) { _ = write(STDERR_FILENO, text, text.utf8.count) }
