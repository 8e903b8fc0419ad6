internal import CLinux
internal import Discovery
internal import Foundation

/// Questions to the domain name system that getaddrinfo(3) does not ask. What comes back is nobody's word: it was not encrypted.
enum Resolver {
    /// nil where there is no answer, or none of that kind.
    static func records(_ name: String, type: Int32) async -> DNSMessage? {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                var answer = [UInt8](repeating: 0, count: 16_384)
                let length = mailmount_resolve(name, type, &answer, Int32(answer.count))
                continuation.resume(
                    returning: length > 0 ? DNSMessage(Array(answer.prefix(Int(length)))) : nil)
            }
        }
    }
}
