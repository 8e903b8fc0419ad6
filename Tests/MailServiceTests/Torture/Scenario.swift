import InMemoryIMAP
import MailModel
import Testing

@testable import MailService

/// Changes that a user makes, and what is to become of them whatever happens meanwhile.
struct Scenario: Sendable, CustomTestStringConvertible {
    /// What one user does at one time.
    struct Call: Sendable {
        /// Everything before it was sent first.
        var isLater = false
        let make: @Sendable (Mounted) async throws -> Void
        let effect: @Sendable (inout Expectation) -> Void
    }

    var name: String
    var server = ServerConfiguration.full
    var deletion = DeletionPolicy.expunge
    var expungeAfter: Int64 = 600
    var prepare: @Sendable (InMemoryServer) -> Void = Scenario.twoFolders
    var calls: [Call]

    var testDescription: String { name }

    static let twoFolders: @Sendable (InMemoryServer) -> Void = { server in
        server.deliver(Letter.make(1...4), to: "INBOX")
        server.setFlags(["\\Seen"], of: 2, in: "INBOX")
        server.deliver(Letter.make(11...12), to: "Work")
    }

    /// What is to be after so many calls.
    func expectation(_ start: Expectation, after count: Int) -> Expectation {
        calls.prefix(count).reduce(into: start) { $1.effect(&$0) }
    }
}

/// Where it is disturbed.
struct Fault: Hashable, Sendable, CustomStringConvertible {
    enum Moment: Hashable, Sendable {
        /// The server has the command and has not obeyed it.
        case received
        /// It would ask for the literal.
        case literal
        /// It has obeyed, and says nothing.
        case obeyed
        /// It has sent its answer up to the middle of this line.
        case line(Int)
    }

    enum Kind: Hashable, Sendable {
        case none
        /// The connection of a command ends.
        case cut(String, Int, Moment)
        /// It ends after so many octets of the answer.
        case octets(String, Int, Int)
        /// The program ends while the server is there.
        case end(String, Int, Moment)
        /// The program ends at a step of its own.
        case step(Int)
    }

    var kind: Kind

    var description: String {
        switch kind {
        case .none: "undisturbed"
        case .cut(let command, let number, let moment): "cut at \(command) \(number), \(moment)"
        case .octets(let command, let number, let count): "cut at \(command) \(number), after \(count) octets"
        case .end(let command, let number, let moment): "end at \(command) \(number), \(moment)"
        case .step(let number): "end at step \(number)"
        }
    }
}
