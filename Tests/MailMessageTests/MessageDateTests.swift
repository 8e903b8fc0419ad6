import Foundation
import SeededNumbers
import Testing

@testable import MailMessage

@Suite("Message dates")
struct MessageDateTests {
    /// 2024-10-12 06:32:00 UTC.
    static let reference: Int64 = 1_728_714_720

    static let table: [(text: String, seconds: Int64?)] = [
        ("Sat, 12 Oct 2024 06:32:00 +0000", reference),
        ("Sat, 12 Oct 2024 08:32:00 +0200", reference),
        ("Sat, 12 Oct 2024 08:32:00 +0200 (CEST)", reference),
        ("Sat,12 Oct 2024 08:32:00 +02:00", reference),
        ("12 Oct 2024 06:32 GMT", reference),
        ("12 Oct 2024 06:32", reference),
        ("12 Oct 24 06:32 UT", reference),
        ("12 oct 124 01:32:00 EST", reference),
        ("Sat, 12 Oct 2024 02:32:00 EDT", reference),
        ("Fri, 11 Oct 2024 23:32:00 PDT", reference),
        ("Sat, 12 Oct 2024 08:32:00 CEST", reference),
        ("Sat, 12 Oct 2024 06:32:00 Z", reference),
        ("Sat, 12 Oct 2024 06:32:00 XYZ", reference),
        ("Sat, 12 Oct 2024 06:32:00 K", reference),
        ("Sat, 12 Oct 2024 08:32:00 GMT+0200", reference),
        ("Sat, 12 Oct 2024 08:32:00+0200", reference),
        ("Wrongday, 12 October 2024 06:32:00 -0000", reference),
        ("12(day)Oct(month \\) (nested) )2024 06(h):(m)32 +0000", reference),
        ("Sat Oct 12 06:32:00 2024", reference),
        ("Sat Oct 12 02:32:00 EDT 2024", reference),
        ("Sat Oct 12 08:32:00 +0200 2024", reference),
        ("12-Oct-2024 06:32:00 +0000", reference),
        (" 12-Oct-2024 08:32:00 +0200", reference),
        ("2024-10-12T06:32:00Z", reference),
        ("2024-10-12 08:32:00.123 +0200", reference),
        ("2024-10-12T08:32:00+02:00", reference),
        ("Sat, 12 Oct 2024 06.32.00 +0000", reference),
        ("Oct 12, 2024 6:32:00 AM", reference),
        ("Oct 12, 2024 6:32 PM", reference + 43_200),
        ("12 Oct 2024 12:32 AM", reference - 6 * 3600),
        ("12 Oct 2024", reference - 6 * 3600 - 32 * 60),
        ("Sat, 12 Oct 2024 06:31:60 +0000", reference),
        ("1 Jan 1970 00:00:00 +0000", 0),
        ("1 Jan 1970 00:00:00 +0100", -3600),
        ("Thu, 1 Jan 70 00:00:00 GMT", 0),
        ("1 Jan 49 00:00:00 GMT", 2_493_072_000),
        ("1 Jan 50 00:00:00 GMT", -631_152_000),
        ("1 Jan 1900 00:00:00 GMT", -2_208_988_800),
        ("31 Dec 9999 23:59:59 GMT", 253_402_300_799),
        ("29 Feb 2000 00:00:00 GMT", 951_782_400),
        ("29 Feb 2024 00:00:00 GMT", 1_709_164_800),
        // A zone that cannot be is none.
        ("12 Oct 2024 06:32:00 +9900", reference),
        ("12 Oct 2024 06:32:00 +0099", reference),
        ("12 Oct 2024 06:32:00 -99999999999999999999", reference),
        // No dates.
        ("", nil),
        ("()", nil),
        ("(", nil),
        ("00-Jan-0000 00:00:00 +0000", nil),
        ("0 Jan 2024 00:00", nil),
        ("30 Feb 2024 00:00", nil),
        ("29 Feb 1900 00:00", nil),
        ("31 Apr 2024 00:00", nil),
        ("12 Oct 1899 00:00", nil),
        ("12 Oct 0000 00:00", nil),
        ("12 Oct 10000 00:00", nil),
        ("12 Okt 2024 06:32", nil),
        ("12 Oct 2024 24:00:00", nil),
        ("12 Oct 2024 06:60:00", nil),
        ("12 Oct 2024 06:32:61", nil),
        ("12 Oct", nil),
        ("06:32:00", nil),
        ("2024-13-12T06:32:00Z", nil),
        ("12 99999999999999999999 Oct", nil),
        ("Mon, now", nil),
        ("::::", nil),
        ("+-+-", nil),
        ("12 Oct 2024 13:00 AM", nil),
    ]

    @Test("are read or refused", arguments: table)
    func parsed(text: String, seconds: Int64?) {
        #expect(MessageDate.parse(Array(text.utf8)) == seconds)
    }

    @Test("every day of four hundred years is the day after the one before")
    func calendar() {
        var expected: Int64 = -2_208_988_800
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        for year in 1900...2300 {
            for month in months {
                for day in 1...31 {
                    guard let seconds = MessageDate.parse(Array("\(day) \(month) \(year) 00:00 +0000".utf8)) else {
                        continue
                    }
                    #expect(seconds == expected)
                    expected += 86_400
                }
            }
        }
    }

    @Test("any cut and any changed octet gives a value or none, and no trap")
    func mutations() {
        var random = SeededNumbers(seed: 3)
        for (text, _) in Self.table {
            let bytes = Array(text.utf8)
            for length in 0...bytes.count { _ = MessageDate.parse(Array(bytes.prefix(length))) }
            for _ in 0..<50 where !bytes.isEmpty {
                var changed = bytes
                changed[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
                if let seconds = MessageDate.parse(changed) {
                    #expect(seconds >= -2_209_100_000 && seconds < 253_402_400_000)
                }
            }
        }
    }
}
