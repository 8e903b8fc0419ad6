import Foundation
import IMAPCodec
import Testing

@Suite("IMAPDate")
struct IMAPDateTests {
    @Test(
        "reads dates",
        arguments: [
            ("17-Jul-1996 02:44:25 -0700", 837_596_665), ("01-Jan-1970 00:00:00 +0000", 0),
            (" 1-jan-1970 00:00:00 +0000", 0), ("1-JAN-1970 00:00:00 +0000", 0), ("31-Dec-1969 23:59:59 +0000", -1),
            ("29-Feb-2000 12:00:00 +0530", 951_805_800), ("01-Jan-2000 00:00:60 +0000", 946_684_860),
            ("01-Jan-0001 00:00:00 +0000", -62_135_596_800), ("31-Dec-9999 23:59:59 +0000", 253_402_300_799),
        ])
    func read(text: String, seconds: Int64) {
        #expect(IMAPDate.parse(text.octets) == seconds)
        #expect(IMAPDate.parse(text.octets.lazy.map { $0 }) == seconds)
    }

    // Hazard 52
    @Test(
        "answers nil to what is no date",
        arguments: [
            "", " ", "00-Jan-0000 00:00:00 +0000", "01-Jan-2000 00:00:00 +9900", "01-Jan-2000 00:00:00",
            "31-Feb-2000 00:00:00 +0000",
            "29-Feb-1900 00:00:00 +0000", "01-Foo-2000 00:00:00 +0000", "01-Jan-2000 24:00:00 +0000",
            "01-Jan-2000 00:60:00 +0000", "01-Jan-2000 00:00:61 +0000", "01-Jan-2000 00:00:00 00000",
            "Mon, 1 Jan 2000 00:00:00 +0000", "01/Jan/2000 00:00:00 +0000", "01-Jan-20000 0:00:00 +0000",
            "-1-Jan-2000 00:00:00 +0000", "01-Jan-2000 00:00:00 +00é",
        ])
    func unreadable(text: String) {
        #expect(IMAPDate.parse(text.octets) == nil)
    }

    @Test("writes what it reads, and agrees with the calendar of the system")
    func roundTrip() {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "dd-MMM-yyyy HH:mm:ss xx"
        for seconds in stride(from: Int64(-2_000_000_000), through: 8_000_000_000, by: 7_777_777) {
            let text = IMAPDate.format(seconds)
            #expect(IMAPDate.parse(text.octets) == seconds)
            #expect(text == formatter.string(from: Date(timeIntervalSince1970: Double(seconds))))
        }
    }

    @Test("keeps within the years that can be written")
    func clamped() {
        #expect(IMAPDate.format(.min) == "01-Jan-0001 00:00:00 +0000")
        #expect(IMAPDate.format(.max) == "31-Dec-9999 23:59:59 +0000")
        #expect(IMAPDate.parse(IMAPDate.format(.min).octets) == -62_135_596_800)
    }
}
