internal import Foundation
internal import Fuse
internal import Glibc
internal import Logging
internal import MailFS
internal import MailService
internal import PosixFile
internal import Synchronization

/// A file with a line of JSON for each open and each change, appended to. What it holds already is never touched, so that another
/// program may take it away, or have it append-only (chattr(1), `+a`).
final class AuditLog: Sendable {
    /// A line.
    private struct Line: Encodable {
        struct Message: Encodable {
            var mailbox: String
            var uid: UInt32
        }

        /// ISO 8601, UTC, milliseconds.
        var time: String
        var pid: Int32?
        var uid: UInt32?
        var process: String?
        var call: String
        var path: String
        var detail: String?
        var message: Message?
        /// `done`, the name of an error number, or why the server does not do it.
        var outcome: String
    }

    private let file: FileDescriptor
    private let logger: Logger
    private let isBroken = Mutex(false)

    /// - Throws: `Failure` where it cannot be opened or made, with mode 0600.
    init(path: String, logger: Logger) throws {
        do {
            file = try FileDescriptor(opening: path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW)
        } catch {
            throw Failure("--audit \(path): \(error)")
        }
        self.logger = logger
    }

    /// Writes a record down; whole lines only, also where several mounts share the file.
    func write(_ record: AuditRecord) {
        write(
            Line(
                time: Self.now, pid: record.caller.pid, uid: record.caller.uid, process: record.program,
                call: record.call, path: String(decoding: record.path, as: UTF8.self),
                detail: record.detail.map { String(decoding: $0, as: UTF8.self) },
                message: record.message.map { Line.Message(mailbox: $0.mailbox, uid: $0.uid) },
                outcome: record.error.map(\.description) ?? "done"))
    }

    /// Writes down what was asked of the mount by a command that changes messages, a line for each change.
    ///
    /// - Parameter peer: whoever asked.
    func write(_ reply: ControlReply, to request: ControlRequest, of peer: (process: pid_t, user: uid_t)?) {
        var changes: [(path: String, detail: String?)] = []
        switch reply {
        case .changes(let chosen): changes = chosen.map { ($0.path, StatusText.describe($0)) }
        case .restored(let back, let waiting, let lost):
            changes = (back + (waiting ?? [])).map { ($0, nil) } + (lost ?? []).map { ($0, "lost") }
        default: return
        }
        let program = peer.flatMap { AuditRecord.program($0.process) }
        for change in changes {
            write(
                Line(
                    time: Self.now, pid: peer?.process, uid: peer?.user, process: program,
                    call: "\(request.operation)", path: change.path, detail: change.detail, outcome: "done"))
        }
    }

    /// Changes that were done here and that the server does not do: a line for each, until the task is cancelled.
    func followRefusals(_ service: MailService) async {
        var known = Set(service.failedChanges.map(\.id))
        while !Task.isCancelled {
            for change in service.failedChanges where known.insert(change.id).inserted {
                write(
                    Line(
                        time: Self.now, call: "refused", path: change.path,
                        detail: StatusText.describe(MountStatus.Failed(change)), outcome: change.error))
            }
            do { try await Task.sleep(for: .seconds(1)) } catch { return }
        }
    }

    private func write(_ line: Line) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            var octets = Array(try encoder.encode(line))
            octets.append(UInt8(ascii: "\n"))
            try octets.withUnsafeBytes { try file.write($0) }
            isBroken.withLock { $0 = false }
        } catch {
            let isNews = isBroken.withLock { broken in
                defer { broken = true }
                return !broken
            }
            if isNews { logger.error("the audit log cannot be written, changes go unrecorded: \(error)") }
        }
    }

    private static var now: String { Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)) }
}
