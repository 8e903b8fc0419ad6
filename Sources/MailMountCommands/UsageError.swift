internal import ArgumentParser
internal import Glibc

/// Something the user wrote cannot be meant: exit status 64.
struct UsageError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// The work failed: exit status 1 and a message that says what to do.
struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Runs a command's work, turns errors into messages and exit statuses (sysexits(3)), and ends the process.
///
/// It ends without exit handlers: connections may still be at work on their threads, and OpenSSL's handler takes away what they use.
func reporting(_ work: () async throws -> Void) async -> Never {
    var status: Int32 = 0
    do {
        try await work()
    } catch let error as ExitCode {
        status = error.rawValue
    } catch {
        StandardError.write("mailmount: \(error)")
        status = error is UsageError ? 64 : 1
    }
    fflush(nil)
    _exit(status)
}
