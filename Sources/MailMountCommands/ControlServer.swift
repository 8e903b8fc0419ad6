internal import BlockingWork
internal import Foundation
internal import Logging
internal import Synchronization

/// Answers what the subcommands ask of one mount, on a socket that only its owner may open.
final class ControlServer: Sendable {
    let path: String
    private let logger: Logger
    private let socket = Mutex<ControlSocket?>(nil)
    /// Whoever asked for the unmount hears of its end by the end of this process: nothing closes these before.
    private static let departing = Mutex<[ControlSocket]>([])

    init(directory: String, logger: Logger) {
        path = directory + "/control"
        self.logger = logger
    }

    /// - Throws: `Failure`.
    func start(_ operations: MountOperations) throws {
        let listening = try ControlSocket.listening(at: path)
        socket.withLock { $0 = listening }
        Thread.detachNewThread { [self] in
            while let connection = listening.accept() {
                Thread.detachNewThread { [self] in
                    do {
                        guard let request = try connection.receive(ControlRequest.self) else { return }
                        answer(request, on: connection, operations)
                    } catch {
                        logger.info("control: \(error)")
                    }
                }
            }
        }
    }

    func stop() {
        socket.withLock { socket in
            socket?.shutDown()
            socket = nil
        }
        unlink(path)
    }

    private func answer(_ request: ControlRequest, on connection: ControlSocket, _ operations: MountOperations) {
        // What is asked for commits, hashes and moves files.
        Task(executorPreference: BlockingExecutor.disk) {
            do {
                guard let reply = try await operations.perform(request, tell: { try connection.send($0) }) else {
                    return
                }
                operations.audit?.write(reply, to: request, of: connection.peer)
                try connection.send(reply)
                if case .unmounting = reply {
                    Self.departing.withLock { $0.append(connection) }
                    operations.unmount()
                }
            } catch {
                // An unmount whose caller has gone meanwhile, by Ctrl-C perhaps, is given up.
                try? connection.send(ControlReply.failed("\(error)"))
            }
        }
    }
}
