import Digest
import IMAPCodec
import IMAPProtocol
import Testing

@Suite("SCRAM-SHA-256")
struct SCRAMTests {
    static let serverFirst =
        "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"

    private func start() -> SCRAM {
        SCRAM(user: bytes("user"), nonce: bytes("rOprNGfwEbeRWgbNEkqO"), functions: functions)
    }

    /// Up to the point where the server has to prove itself.
    private func afterProof() throws -> SCRAM {
        var scram = start()
        guard case .deriveKey(let salt, let iterations) = scram.messageReceived(bytes(SCRAMTests.serverFirst)) else {
            throw Problem.unexpected
        }
        #expect(iterations == 4_096)
        let key = try #require(PBKDF2.deriveKey(password: bytes("pencil"), salt: salt, iterations: iterations))
        #expect(
            scram.keyDerived(key)
                == .respond(
                    bytes(
                        "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                            + "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")))
        return scram
    }

    enum Problem: Error { case unexpected }

    @Test("follows the example of RFC 7677 section 3")
    func example() throws {
        #expect(start().clientFirst == bytes("n,,n=user,r=rOprNGfwEbeRWgbNEkqO"))
        var scram = try afterProof()
        #expect(!scram.isServerVerified)
        #expect(scram.messageReceived(bytes("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")) == .respond([]))
        #expect(scram.isServerVerified)
    }

    @Test(
        "a server that cannot prove itself is not believed",
        arguments: [
            "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G5=", "v=", "v=AAAA", "e=invalid-proof", "", "x=1", "v",
            "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4", "w=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
        ])
    func unproven(message: String) throws {
        var scram = try afterProof()
        guard case .fail = scram.messageReceived(bytes(message)) else {
            Issue.record("accepted")
            return
        }
        #expect(!scram.isServerVerified)
        guard case .fail = scram.messageReceived(bytes("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")) else {
            Issue.record("accepted afterwards")
            return
        }
    }

    @Test(
        "a bad first message ends the exchange",
        arguments: [
            "", "r=", "r=rOprNGfwEbeRWgbNEkqO,s=QSXCR+Q6sek8bf92,i=4096",  // no part of the server in the nonce
            "r=other0000000000000000000,s=QSXCR+Q6sek8bf92,i=4096", "r=rOprNGfwEbeRWgbNEkqOx,s=,i=4096",
            "r=rOprNGfwEbeRWgbNEkqOx,s=?,i=4096", "r=rOprNGfwEbeRWgbNEkqOx,s=QSXCR+Q6sek8bf92,i=0",
            "r=rOprNGfwEbeRWgbNEkqOx,s=QSXCR+Q6sek8bf92,i=-1", "r=rOprNGfwEbeRWgbNEkqOx,s=QSXCR+Q6sek8bf92,i=1000001",
            "r=rOprNGfwEbeRWgbNEkqOx,s=QSXCR+Q6sek8bf92,i=99999999999999999999",
            "m=ext,r=rOprNGfwEbeRWgbNEkqOx,s=QSXCR+Q6sek8bf92,i=4096", "s=QSXCR+Q6sek8bf92,r=x,i=4096",
            "r=rOprNGfwEbeRWgbNEkqOx,s=QSXCR+Q6sek8bf92",
        ])
    func badFirst(message: String) {
        var scram = start()
        guard case .fail = scram.messageReceived(bytes(message)) else {
            Issue.record("accepted")
            return
        }
    }

    @Test("a million iterations are allowed")
    func most() {
        var scram = start()
        let reply = scram.messageReceived(bytes("r=rOprNGfwEbeRWgbNEkqOx,s=QSXCR+Q6sek8bf92,i=1000000"))
        guard case .deriveKey(_, 1_000_000) = reply else {
            Issue.record("refused")
            return
        }
    }

    @Test("commas and equals signs in names are escaped")
    func names() {
        let scram = SCRAM(user: bytes("a,b=c"), nonce: bytes("n"), functions: functions)
        #expect(scram.clientFirst == bytes("n,,n=a=2Cb=3Dc,r=n"))
    }
}
