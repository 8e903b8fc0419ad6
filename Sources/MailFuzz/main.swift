import FuzzChecks
import Glibc
import SeededNumbers

// Usage: MailFuzz --corpus DIRECTORY [--iterations N] [--seed S] [--only N]
// Mutates the messages of a directory, and checks what becomes of them: parts, names, texts. Exits with 1 where a promise was broken; --only
// prints what one iteration made.

var iterations = 3_000
var seed: UInt64 = 1
var only: Int?
var corpus: [[UInt8]] = []
var arguments = CommandLine.arguments.dropFirst().makeIterator()
while let argument = arguments.next() {
    switch (argument, arguments.next()) {
    case ("--iterations", let value?): iterations = Int(value) ?? iterations
    case ("--seed", let value?): seed = UInt64(value) ?? seed
    case ("--only", let value?): only = Int(value)
    case ("--corpus", let value?): corpus = Corpus.messages(in: value)
    default: break
    }
}
guard !corpus.isEmpty else {
    print("MailFuzz: --corpus names no directory of messages")
    exit(64)
}

Fatal.watch()
var mutator = Mutator(corpus: corpus, numbers: SeededNumbers(seed: seed))
var found = 0
for iteration in 0..<max(0, iterations) {
    // The messages themselves first.
    let message = iteration < corpus.count ? corpus[iteration] : mutator.mutate()
    if let only, iteration < only { continue }
    if only != nil {
        _ = write(STDOUT_FILENO, message, message.count)
        exit(0)
    }
    Fatal.begin(iteration)
    for finding in MessageCheck(message).findings {
        found += 1
        print("iteration \(iteration): \(finding)")
        fflush(nil)
    }
    if found >= 20 { break }
}
alarm(0)
print("\(corpus.count) messages, \(iterations) iterations, seed \(seed), \(found) findings")
exit(found > 0 ? 1 : 0)
