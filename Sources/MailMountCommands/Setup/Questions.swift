internal import Glibc

/// Asks whoever sits at the terminal. Without one every answer has to be an option.
struct Questions {
    /// Somebody is there to ask.
    let isInteractive = isatty(STDIN_FILENO) == 1

    func say(_ text: String) {
        print(text)
        fflush(nil)
    }

    /// - Parameters:
    ///   - usual: what Enter alone means.
    ///   - option: which option gives the answer without a terminal.
    /// - Throws: `UsageError` where nobody can be asked and nothing is usual, `Failure` at the end of the input.
    func ask(_ question: String, usual: String? = nil, option: String) throws -> String {
        guard isInteractive else {
            if let usual { return usual }
            throw UsageError("\(question)? Without a terminal \(option) has to say it")
        }
        while true {
            print("\(question)\(usual.map { " [\($0)]" } ?? ""): ", terminator: "")
            fflush(nil)
            guard let line = readLine() else { throw Failure("nobody answers") }
            let answer = line.drop { $0 == " " || $0 == "\t" }
            if !answer.isEmpty { return String(answer) }
            if let usual { return usual }
        }
    }

    /// One of several words; what begins like one will do.
    ///
    /// - Throws: as above.
    func choose(_ question: String, _ words: [String], usual: String, option: String) throws -> String {
        while true {
            let answer = try ask("\(question) (\(words.joined(separator: ", ")))", usual: usual, option: option)
            let fitting = words.filter { $0.hasPrefix(answer.lowercased()) }
            if fitting.count == 1 { return fitting[0] }
            if words.contains(answer) { return answer }
            guard isInteractive else {
                throw UsageError("\(option) \(answer): one of \(words.joined(separator: ", "))")
            }
            say("One of these words, please.")
        }
    }

    /// - Parameter unattended: what is done where nobody can be asked.
    func agree(_ question: String, usual: Bool, unattended: Bool) throws -> Bool {
        guard isInteractive else { return unattended }
        return try choose(question, ["yes", "no"], usual: usual ? "yes" : "no", option: "") == "yes"
    }

    /// Typed without being shown. nil where nobody can be asked, or where nothing was typed.
    func secret(_ question: String) -> [UInt8]? {
        guard isInteractive, let typed = getpass("\(question): "), strlen(typed) > 0 else { return nil }
        let octets = Array(UnsafeBufferPointer(start: typed, count: strlen(typed))).map { UInt8(bitPattern: $0) }
        memset(typed, 0, strlen(typed))
        return octets
    }
}
