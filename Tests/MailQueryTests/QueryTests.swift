import Testing

@testable import MailQuery

@Suite("Queries") struct QueryTests {
    /// 2026-11-27 12:00 UTC.
    private static let now: Int64 = 1_795_780_800

    private static func text(_ words: String, _ field: TextField = .any, isPrefix: Bool = false) -> Query {
        .text(field, SearchText(words, isPrefix: isPrefix))
    }

    @Test(
        "mean what people mean",
        arguments: [
            ("berth", text("berth")),
            ("  berth  ", text("berth")),
            ("Größe", text("Größe")),
            ("日本語", text("日本語")),
            ("a b c", .and([text("a"), text("b"), text("c")])),
            ("a OR b c", .and([.or([text("a"), text("b")]), text("c")])),
            ("a or b", .and([text("a"), text("or"), text("b")])),
            ("ORDER a", .and([text("ORDER"), text("a")])),
            ("(a b) OR c", .or([.and([text("a"), text("b")]), text("c")])),
            ("-(a OR b)", .not(.or([text("a"), text("b")]))),
            ("-spam", .not(text("spam"))),
            ("-from:bob", .not(text("bob", .from))),
            ("semi-final", text("semi-final")),
            ("\"a phrase\"", text("a phrase")),
            ("\"a phr\"*", text("a phr", isPrefix: true)),
            ("quart*", text("quart", isPrefix: true)),
            ("from:mina", text("mina", .from)),
            ("FROM:mina", text("mina", .from)),
            ("from:\"Mina Okafor\"", text("Mina Okafor", .from)),
            (
                "to:a@b.example cc:c subject:x* body:y list:z",
                .and([
                    text("a@b.example", .to), text("c", .cc), text("x", .subject, isPrefix: true), text("y", .body),
                    text("z", .list),
                ])
            ),
            ("message-id:<1@x>", text("<1@x>", .messageID)),
            ("in:Archive/2024", .folder("Archive/2024")),
            ("in:Archive%2F2024", .folder("Archive/2024")),
            ("in:\"My folder\"", .folder("My folder")),
            ("tag:$Forwarded", .keyword("$Forwarded")),
            ("is:unread", .state(.unread)),
            ("is:Flagged", .state(.flagged)),
            ("has:attachment", .hasAttachment),
            ("since:2024-02-29", .since(1_709_164_800)),
            ("before:1970-01-01", .before(0)),
            ("since:1969-12-31", .since(-86_400)),
            ("since:7d", .since(now - 7 * 86_400)),
            ("on:2026-11-27", .and([.since(1_795_737_600), .before(1_795_824_000)])),
            ("on:1d", .and([.since(1_795_651_200), .before(1_795_737_600)])),
            (
                "larger:5M smaller:1g larger:10k larger:7",
                .and([
                    .larger(5 << 20), .smaller(1 << 30), .larger(10 << 10), .larger(7),
                ])
            ),
            ("raw:\"has:drive x\"", .raw("has:drive x")),
            ("Re: berth", .and([text("Re:"), text("berth")])),
            ("http://x.example", text("http://x.example")),
            ("10:30", text("10:30")),
            ("a)", text("a)")),
        ] as [(String, Query)])
    func reads(_ written: String, _ wanted: Query) throws {
        let query = try Query(parsing: written, now: Self.now)
        #expect(query == wanted)
    }

    @Test(
        "say where they mean nothing",
        arguments: [
            ("", 0), ("   ", 3), ("\"open", 0), ("a \"", 2), ("(a", 0), ("a OR", 2), ("OR a", 0), ("is:new", 3),
            ("has:cheese", 4), ("since:yesterday", 6), ("since:2023-02-29", 6), ("on:2024-13-01", 3), ("larger:big", 7),
            ("larger:99999999999999999999", 7), ("larger:18014398509481985K", 7), ("form:mina", 0), ("a --- b", 4),
            ("***", 0), ("\"  \"", 0), ("from:*", 5), ("()", 1), ("a ()", 3), ("since:999999999d", 6),
        ])
    func refuses(_ written: String, _ offset: Int) {
        let error = #expect(throws: QueryError.self) { _ = try Query(parsing: written, now: Self.now) }
        #expect(error?.offset == offset, "\(error?.reason ?? "")")
    }

    @Test("have bounds, whatever is written") func bounds() {
        for text in [
            String(repeating: "(", count: 1_999), String(repeating: "a ", count: 2_000),
            String(repeating: "-", count: 1_999) + "a",
        ] {
            _ = try? Query(parsing: text, now: 0)
        }
        _ = #expect(throws: QueryError.self) { _ = try Query(parsing: String(repeating: "x", count: 2_001), now: 0) }
    }

    @Test("know what only the text can answer") func needs() throws {
        for (text, needs) in [
            ("from:a subject:b is:unread", false), ("a", true), ("-body:x", true), ("to:a OR from:b", true),
            ("in:x since:7d", false),
        ] {
            let query = try Query(parsing: text, now: 0)
            #expect(query.needsText == needs, "\(text)")
        }
    }
}
