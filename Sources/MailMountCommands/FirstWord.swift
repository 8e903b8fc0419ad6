internal import ArgumentParser

/// The word behind `mailmount`, where it is neither a command nor an account.
///
/// What is no command is taken for an account that is to be mounted, so that mount(8) can call the program; a command that was mistyped
/// would then be answered with words about mountpoints.
enum FirstWord {
    /// - Parameters:
    ///   - arguments: without the program's name.
    ///   - commands: the names of all commands.
    ///   - isAccount: whether the configuration has an account of that name.
    /// - Returns: what is wrong; nil where the word can be meant.
    static func mistake(_ arguments: [String], commands: [String], isAccount: (String) -> Bool) -> UsageError? {
        guard let word = arguments.first, !word.hasPrefix("-"), !commands.contains(word),
            !word.contains(where: { ":/@.".contains($0) }), !isAccount(word)
        else { return nil }
        // What other programs call it.
        let alias = ["umount": "unmount", "ls": "status", "list": "status", "info": "status", "configure": "setup"][
            word]
        guard let meant = alias ?? NearestWord.of(word, in: commands) else {
            // mount says what it misses.
            return arguments.count == 1
                ? UsageError("\(word) is neither a command nor an account; see mailmount --help") : nil
        }
        return UsageError("\(word) is no command: mailmount \(meant) is meant, perhaps; see mailmount --help")
    }
}
