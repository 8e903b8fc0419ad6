import IMAPCodec
import Testing

@Suite("Capabilities")
struct CapabilitiesTests {
    // Hazard 27
    @Test("are found in any case, and under every name that the code knows")
    func cases() {
        for capability in Capability.allCases {
            #expect(Capabilities([capability.rawValue.lowercased()]).has(capability))
            #expect(!Capabilities.none.has(capability))
            #expect(capability.rawValue == capability.rawValue.uppercased())
        }
        #expect(Capabilities(["a", "", "A"]).names == ["A"])
    }

    @Test("IMAP4rev2 contains its parts, IMAP4rev1 does not")
    func rev2() {
        let parts: [Capability] = [
            .namespace, .unselect, .uidPlus, .esearch, .searchRes, .enable, .idle, .saslIR, .listExtended,
            .listStatus, .move, .literalMinus, .specialUse, .statusSize,
        ]
        for part in parts {
            #expect(Capabilities(["IMAP4rev2"]).has(part))
            #expect(!Capabilities(["IMAP4rev1"]).has(part))
        }
        for other in [Capability.condstore, .qresync, .literalPlus, .notify, .imap4rev1, .quota, .objectID] {
            #expect(!Capabilities(["IMAP4rev2"]).has(other))
        }
    }

    @Test("tell mechanisms and the limit of APPEND")
    func values() {
        let capabilities = Capabilities(["AUTH=plain", "auth=SCRAM-SHA-256", "AUTH=", "APPENDLIMIT=35651584"])
        #expect(capabilities.authentication == ["PLAIN", "SCRAM-SHA-256"])
        #expect(capabilities.appendLimit == 35_651_584)
        #expect(Capabilities(["APPENDLIMIT", "APPENDLIMIT=x"]).appendLimit == nil)
    }
}
