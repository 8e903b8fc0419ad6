import FuzzChecks
import Glibc

// Usage: IMAPFuzz [--iterations N] [--seed S]
// Mutates a corpus and checks framer and parser; exits with 1 where a promise was broken.

var iterations = 200_000
var seed: UInt64 = 1
var arguments = CommandLine.arguments.dropFirst().makeIterator()
while let argument = arguments.next() {
    switch (argument, arguments.next()) {
    case ("--iterations", let value?): iterations = Int(value) ?? iterations
    case ("--seed", let value?): seed = UInt64(value) ?? seed
    default: break
    }
}

var mutator = Mutator(generator: Generator(seed: seed))
var found = 0
for iteration in 0..<max(0, iterations) {
    let input = mutator.mutate()
    for finding in framerFindings(in: input, cuts: mutator.cuts(of: input.count)) {
        found += 1
        print("iteration \(iteration): \(finding): \(String(decoding: input, as: UTF8.self).debugDescription)")
    }
    if found >= 20 { break }
}
print("\(iterations) iterations, seed \(seed), \(found) findings")
exit(found > 0 ? 1 : 0)
