internal import MailFS
internal import MailService

/// What can be asked of a running mount.
struct MountOperations: Sendable {
    let service: MailService
    let fileSystem: MailFileSystem
    let mountpoint: String
    let unmount: @Sendable () -> Void

    /// - Throws: `ServiceError`.
    func perform(
        _ request: ControlRequest, progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void
    ) async throws -> ControlReply {
        switch request.operation {
        case .status: return .status(try await status())
        case .sync:
            try await service.synchronise(paths: request.folders, bodies: request.bodies, progress: progress)
            return .done
        case .unmount: return .done
        }
    }

    private func status() async throws -> MountStatus {
        let report = try await service.status()
        return MountStatus(
            mountpoint: mountpoint, account: report.account, connection: report.connection.rawValue,
            reason: report.reason, connections: report.connections, server: report.server,
            capabilities: report.capabilities,
            folders: report.folders.map { folder in
                MountStatus.FolderStatus(
                    path: folder.path, messages: folder.messages, listed: folder.isListed,
                    listing: folder.progress.map { [$0.done, $0.total] })
            },
            cache: MountStatus.Cache(
                messages: report.cachedBodies, bytes: report.cachedOctets, limit: report.cacheLimit),
            quota: report.quota.map { ["used": $0.used, "limit": $0.limit] }, fetching: report.fetching, pending: 0,
            failed: [])
    }
}
