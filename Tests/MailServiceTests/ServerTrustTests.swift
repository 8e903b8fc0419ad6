import Logging
import Testing

@testable import MailService

@Suite struct ServerTrustTests {
    /// What was learnt of a server is known after a restart; trust that was lost is not won again by a good copy of before.
    @Test func itIsRemembered() throws {
        let bench = try JournalBench()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let trust = bench.facts.trust
        #expect(trust.copies == .unknown)
        #expect(!trust.changesUploads)
        for known in [ServerTrust.Copies.trusted, .distrusted] {
            trust.learn(known)
            #expect(trust.copies == known)
            #expect(try ServerTrust(store: bench.store, logger: logger).copies == known)
        }
        trust.learnChangedUpload()
        #expect(trust.changesUploads)
        #expect(try ServerTrust(store: bench.store, logger: logger).changesUploads)
    }
}
