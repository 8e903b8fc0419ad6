import Glibc
import Logging
import NIOCore
import PosixFile

@testable import IMAPClient

/// What is the same in each run.
extension ClientRun {
    static let address = try? SocketAddress(ipAddress: "127.0.0.1", port: 143)
    static let tls = try? TLSContext(caFile: nil)
    static let upload: AppendSource? = {
        var path = Array("/tmp/guided.XXXXXX".utf8CString)
        let descriptor = mkstemp(&path)
        guard descriptor >= 0 else { return nil }
        defer {
            unlink(path)
            close(descriptor)
        }
        let octets = ClientProgram.upload
        guard write(descriptor, octets, octets.count) == octets.count else { return nil }
        let name = String(decoding: path.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        return (try? FileDescriptor(reading: name)).map { AppendSource($0) }
    }()
}

/// Every line is made, and thrown away.
struct Unread: LogHandler {
    let metadataProvider: Logger.MetadataProvider? = nil
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        _ = "\(event.message) \(event.metadata ?? [:])"
    }
}
