import IMAPCodec
import Testing

@Suite("ModifiedUTF7")
struct ModifiedUTF7Tests {
    @Test(
        "writes and reads names",
        arguments: [
            ("", ""), ("INBOX", "INBOX"), ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
            ("a & b", "a &- b"),
            ("&", "&-"), ("&&", "&-&-"), ("é&é", "&AOk-&-&AOk-"), ("Entwürfe", "Entw&APw-rfe"), ("😀", "&2D3eAA-"),
            ("\n", "&AAo-"), ("\u{7F}", "&AH8-"), ("e\u{301}", "e&AwE-"), ("\u{FFFF}", "&,,8-"),
        ])
    func names(name: String, raw: String) {
        #expect(String(decoding: ModifiedUTF7.encode(name), as: UTF8.self) == raw)
        #expect(ModifiedUTF7.decode(raw.octets).map { Array($0.unicodeScalars) } == Array(name.unicodeScalars))
    }

    // Hazard 65
    @Test(
        "refuses every spelling but the canonical one",
        arguments: [
            "&", "a&b", "&U", "&AGE-", "&AOk", "&AOk-&AOk-", "&AOl-", "&AO-", "&A-", "&AOk=-", "&U/BTFw-", "é",
            "a\u{0}",
            "\t", "\u{7F}", "&2D0-", "&3gDYPQ-", "&AOkA-", "&AOkAYQ-", "& -",
        ])
    func refused(raw: String) {
        #expect(ModifiedUTF7.decode(raw.octets) == nil)
    }

    @Test("gives every name back, and every accepted spelling too")
    func roundTrip() {
        var state: UInt64 = 42
        func next(_ bound: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % bound
        }
        for _ in 0..<2_000 {
            var name = String.UnicodeScalarView()
            for _ in 0..<next(8) {
                let ranges: [UInt64] = [0x80, 0x800, 0x1_0000, 0x11_0000]
                if let scalar = Unicode.Scalar(UInt32(next(ranges[Int(next(4))]))) { name.append(scalar) }
            }
            let raw = ModifiedUTF7.encode(String(name))
            #expect(raw.allSatisfy { $0 >= 0x20 && $0 < 0x7F })
            #expect(ModifiedUTF7.decode(raw).map { Array($0.unicodeScalars) } == Array(name))
            let alphabet = "&-aA,/+ 9".octets
            let noise = (0..<next(10)).map { _ in alphabet[Int(next(UInt64(alphabet.count)))] }
            if let read = ModifiedUTF7.decode(noise) { #expect(ModifiedUTF7.encode(read) == noise) }
        }
    }
}

@Suite("Base64")
struct Base64Tests {
    @Test(
        "writes and reads",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
            ("\u{0}u\u{0}p", "AHUAcA=="),
            ("~~~???", "fn5+Pz8/"),
        ])
    func pairs(text: String, encoded: String) {
        #expect(Base64.encode(text.octets) == encoded.octets)
        #expect(Base64.decode(encoded.octets) == text.octets)
    }

    @Test(
        "refuses the rest", arguments: ["Z", "Zg", "Zg=", "Z===", "====", "Zh==", "Zg==Zg==", "Zm9v\n", "Z,==", "=Zg="])
    func refused(text: String) {
        #expect(Base64.decode(text.octets) == nil)
    }
}
