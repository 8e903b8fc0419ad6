import IMAPCodec
import IMAPProtocol
import Testing

@Suite("Advice to wait")
struct BackoffAdviceTests {
    @Test(
        "is read from the text, rounded up and bounded",
        arguments: [
            ("Suggested Backoff Time: 299961 milliseconds", 300), ("x suggested backoff time:5ms y", 1),
            ("Suggested Backoff Time: 0 milliseconds", 0), ("Suggested Backoff Time: 30 seconds", 30),
            ("Suggested Backoff Time: 99999999999999999999999 milliseconds", 86_400), ("Suggested Backoff Time:", nil),
            ("Suggested Backoff Time: soon", nil), ("Server Unavailable. 15", nil), ("", nil),
        ] as [(String, Int?)])
    func seconds(text: String, expected: Int?) {
        #expect(BackoffAdvice.seconds(in: text) == expected)
    }

    @Test("an OK never throttles")
    func ok() {
        let text = "Suggested Backoff Time: 5 milliseconds"
        #expect(!BackoffAdvice.isThrottling(StatusResponse(kind: .ok, code: .limit, text: text)))
        #expect(BackoffAdvice.isThrottling(StatusResponse(kind: .no, code: .alert, text: text)))
        #expect(!BackoffAdvice.isThrottling(StatusResponse(kind: .no, code: .overQuota, text: "full")))
    }
}
