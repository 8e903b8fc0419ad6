import IMAPCodec

/// What came out, comparable between runs with different cuts.
enum Observed: Hashable {
    case response(Response, content: [UInt8]?)
    case unreadable(ParseError)
    case began(UInt64, prefix: [UInt8])
    case octets([UInt8])
    case ended
    case refused
}

/// Small bounds, so that mutated input reaches all of them.
let limits: Limits = {
    var limits = Limits()
    limits.response = 2_000
    limits.inlineLiteral = 20
    limits.literal = 150
    limits.literals = 6
    limits.nesting = 8
    return limits
}()

/// Feeds the input cut at these places; a sentence in `violations` for each broken promise.
func observe(_ input: [UInt8], cuts: [Int], violations: inout [String]) -> [Observed] {
    var framer = ResponseFramer(limits: limits)
    let parser = ResponseParser(limits: limits)
    var observed: [Observed] = []
    var broken: [String] = []
    func take(_ event: FramingEvent) {
        switch event {
        case .response(let frame):
            if frame.bytes.count > limits.response { broken.append("a frame above the limit") }
            do {
                let response = try parser.parse(frame)
                observed.append(.response(response, content: content(of: response, in: frame, broken: &broken)))
            } catch {
                if !(0...frame.bytes.count).contains(error.offset) { broken.append("an error outside its frame") }
                observed.append(.unreadable(error))
            }
        case .literalBegan(let literal):
            if literal.octets > limits.literal { broken.append("a literal above the limit") }
            observed.append(.began(literal.octets, prefix: Array(literal.prefix)))
        case .literalBytes(let bytes):
            if bytes.isEmpty { broken.append("an empty piece of a literal") }
            if case .octets(let before) = observed.last {
                observed[observed.count - 1] = .octets(before + bytes)
            } else {
                observed.append(.octets(Array(bytes)))
            }
        case .literalEnded:
            observed.append(.ended)
        }
    }
    var start = 0
    for end in cuts + [input.count] {
        do {
            try input[start..<end].withUnsafeBytes { try framer.feed($0, take) }
        } catch {
            if !(error is FramingError) { broken.append("an error of another type: \(error)") }
            observed.append(.refused)
            break
        }
        start = end
    }
    violations += broken
    return observed
}

private func content(of response: Response, in frame: Frame, broken: inout [String]) -> [UInt8]? {
    guard case .untagged(.fetch(let fetch)) = response, case .inline(let range) = fetch.section?.content else {
        return nil
    }
    guard range.lowerBound >= 0, range.upperBound <= frame.bytes.count else {
        broken.append("a section outside its frame")
        return nil
    }
    return Array(frame.bytes[range])
}

/// Runs one input through framer and parser: whole, cut as given, and octet by octet. A sentence for each promise that is broken.
public func framerFindings(in input: [UInt8], cuts: [Int]) -> [String] {
    var violations: [String] = []
    let whole = observe(input, cuts: [], violations: &violations)
    if observe(input, cuts: cuts, violations: &violations) != whole { violations.append("other events cut at \(cuts)") }
    if input.count < 300, observe(input, cuts: Array(0..<input.count), violations: &violations) != whole {
        violations.append("other events octet by octet")
    }
    return violations
}
