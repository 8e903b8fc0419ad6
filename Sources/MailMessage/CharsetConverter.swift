import Glibc
import Synchronization

/// The C library's converters, opened once each and used by one thread at a time.
final class CharsetConverter: Sendable {
    static let shared = CharsetConverter()

    /// Only ever used under the lock.
    private struct Descriptor: @unchecked Sendable {
        let pointer: iconv_t
    }

    /// By the converter's name of the source set; nil where the library lacks it. Bounded by `Charset`'s table.
    private let descriptors = Mutex<[String: Descriptor?]>([:])

    /// The text of `bytes`, every octet that starts no valid sequence as U+FFFD; nil where there is no such converter.
    func convert(_ bytes: [UInt8], from charset: String) -> String? {
        descriptors.withLock { descriptors in
            let descriptor: Descriptor
            if let known = descriptors[charset] {
                guard let known else { return nil }
                descriptor = known
            } else {
                guard let opened = iconv_open("UTF-8", charset), opened != iconv_t(bitPattern: -1) else {
                    descriptors.updateValue(nil, forKey: charset)
                    return nil
                }
                descriptor = Descriptor(pointer: opened)
                descriptors[charset] = descriptor
            }
            return Self.run(descriptor.pointer, bytes)
        }
    }

    private static func run(_ descriptor: iconv_t, _ bytes: [UInt8]) -> String {
        _ = iconv(descriptor, nil, nil, nil, nil)
        var input = bytes
        var output: [UInt8] = []
        output.reserveCapacity(2 * bytes.count)
        input.withUnsafeMutableBufferPointer { octets in
            octets.withMemoryRebound(to: CChar.self) { input in
                withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1024) { buffer in
                    var source = input.baseAddress
                    var left = input.count
                    while left > 0 {
                        let before = left
                        let outcome = step(descriptor, &source, &left, buffer, &output)
                        switch outcome {
                        case .converted:
                            left = 0
                        case .full where left < before:
                            continue
                        case .full, .invalid:
                            output.append(contentsOf: replacement)
                            source = source.map { $0 + 1 }
                            left -= 1
                        case .incomplete:
                            output.append(contentsOf: replacement)
                            left = 0
                        }
                    }
                    // What the converter has held back, to see whether it combines with what would have come next.
                    var written = buffer.baseAddress
                    var room = buffer.count
                    _ = iconv(descriptor, nil, nil, &written, &room)
                    append(buffer, buffer.count - room, to: &output)
                }
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private enum Outcome {
        case converted
        case full
        case invalid
        case incomplete
    }

    private static func step(
        _ descriptor: iconv_t, _ source: inout UnsafeMutablePointer<CChar>?, _ left: inout Int,
        _ buffer: UnsafeMutableBufferPointer<CChar>, _ output: inout [UInt8]
    ) -> Outcome {
        var written = buffer.baseAddress
        var room = buffer.count
        let result = iconv(descriptor, &source, &left, &written, &room)
        let code = errno
        append(buffer, buffer.count - room, to: &output)
        guard result == -1 else { return .converted }
        switch code {
        case E2BIG: return .full
        case EINVAL: return .incomplete
        default: return .invalid
        }
    }

    private static func append(_ buffer: UnsafeMutableBufferPointer<CChar>, _ count: Int, to output: inout [UInt8]) {
        output.append(contentsOf: UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: buffer[..<count])))
    }

    /// U+FFFD.
    private static let replacement: [UInt8] = [0xEF, 0xBF, 0xBD]
}
