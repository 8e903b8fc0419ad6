internal import BlockingWork
internal import CLinux
internal import Foundation
internal import Fuse
internal import Glibc
internal import IMAPClient
internal import Logging
internal import MailFS
internal import MailPool
internal import MailService
internal import MailStore
internal import MailViews
internal import Synchronization

/// One mounted account, from opening its cache to the end of the mount.
struct MountedAccount {
    let plan: AccountPlan
    let mountpoint: String
    /// Where to say that the mount answers; nil in the foreground.
    let ready: Int32?
    let logLevel: Logger.Level
    let demoDirectory: String?
    /// What the configuration says now; nil where there is none to read again.
    private let reread: (@Sendable () throws -> AccountPlan)?
    private let logFile = LogFileSlot()
    private let manager = NotifySocket(environment: ProcessInfo.processInfo.environment)

    init(
        plan: AccountPlan, mountpoint: String, ready: Int32?, logLevel: Logger.Level, demoDirectory: String?,
        reread: (@Sendable () throws -> AccountPlan)? = nil
    ) {
        self.reread = reread
        self.plan = plan
        self.mountpoint = mountpoint
        self.ready = ready
        self.logLevel = logLevel
        self.demoDirectory = demoDirectory
    }

    /// Returns after the unmount.
    ///
    /// - Throws: `Failure` and the errors of the layers below, for people.
    func run() async throws {
        defer { Demo.remove(demoDirectory) }
        CoreDumps.prevent()
        OpenFiles.raiseLimit()
        // Else the C library raises the first with every large block that is freed, and what was freed stays with the process.
        mallopt(M_MMAP_THRESHOLD, 512 << 10)
        mallopt(M_TRIM_THRESHOLD, 8 << 20)
        // Each arena keeps gaps of its own.
        mallopt(M_ARENA_MAX, 2)
        // Until it is mounted there is nothing to take back but a demo's server.
        let signals = TerminationSignals { [demoDirectory] number in
            Demo.remove(demoDirectory)
            _exit(128 + number)
        }
        let logger = self.logger()
        let audit = try plan.settings["audit"].map { try AuditLog(path: Directories.absolute($0), logger: logger) }
        let (service, credentials) = try await openService(logger)
        let terminal = ready.map { _ in fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10) }
        logToFile()
        let control = ControlServer(directory: plan.state, logger: logger)
        let fileSystem = MailFileSystem(
            service: service, isReadOnly: plan.isReadOnly, waitsForServer: plan.waitsForServer,
            ownership: plan.ownership, isAskedAlways: audit != nil, controlPath: control.path, logger: logger)
        let events = MailEvents(fileSystem, since: Int64(time(nil)))
        if plan.allowsOthers, plan.ownership.umask & 0o055 == 0o055 {
            logger.warning(
                "allow-other lets nobody in while all permission bits of others are masked: --umask 022 lets them read")
        }
        do {
            try await service.start(observer: events)
            fileSystem.loadAhead()
            let isFromCache = service.hasCachedFolders
            if !isFromCache { try await service.waitUntilReady() }
            // fusermount3 says there why it refuses.
            if let terminal { dup2(terminal, STDERR_FILENO) }
            let views = fileSystem.makeViews()
            let viewed = ViewedFileSystem(fileSystem, views, listsViews: plan.settings.isOn("show-views"))
            let session = try Session(
                mountpoint: mountpoint,
                options: MountOptions(
                    fsname: plan.url.account, allowOther: plan.allowsOthers, readOnly: plan.isReadOnly),
                fileSystem: audit.map {
                    AuditedFileSystem(viewed, account: fileSystem, views: views, write: $0.write)
                } ?? viewed,
                executor: BlockingExecutor.disk, log: { logger.info("\($0)") })
            logToFile()
            fileSystem.attach(session.notifier, mountpoint: session.mountpoint)
            views.attach(session.notifier)
            if !plan.isReadOnly {
                try session.tellWatchers {
                    fileSystem.path(of: $0)
                } isDirectory: {
                    fileSystem.isDirectory($0)
                }
            }
            let operations = MountOperations(
                service: service, events: events, mountpoint: session.mountpoint, mode: { fileSystem.mode },
                settle: { await fileSystem.settleWrittenFiles(within: $0) }, unmount: { session.unmount() },
                isReadOnly: plan.isReadOnly, audit: audit)
            try control.start(operations)
            let reader = ConfigurationReader(
                plan, read: reread ?? { [plan] in plan }, credentials: credentials, logger: logger
            ) { plan in
                Self.follow(plan, events, service, at: session.mountpoint, logger)
            }
            // A terminal that hangs up ends what runs in it.
            let endsByHangup = reread == nil || (ready == nil && isatty(STDERR_FILENO) == 1)
            signals.replace { [manager] number in
                if number == SIGHUP, !endsByHangup { return reader.readAgain() }
                manager?.stopping()
                logger.notice("signal \(number): unmounting")
                fileSystem.settleBeforeUnmount()
                session.unmount()
            }
            logger.notice("mounted \(plan.url.account) at \(session.mountpoint)")
            // Whoever waits for the mount hears how it stands; who looks into it meanwhile need not wait for that.
            let announcing = Task {
                if isFromCache, let terminal { await tell(of: service, on: terminal) }
                manager?.ready("mounted at \(session.mountpoint)")
                if !announceReady(leaving: terminal) {
                    logger.notice("nobody waits for the mount any more: unmounting")
                    session.unmount()
                }
            }
            let auditing = audit.map { audit in Task { await audit.followRefusals(service) } }
            fileSystem.sessionEnded(await serve(session))
            reader.stop()
            auditing?.cancel()
            events.stop()
            await announcing.value
            logger.notice("unmounted \(session.mountpoint)")
            control.stop()
            await service.stop()
        } catch {
            control.stop()
            await service.stop()
            // What went wrong is for whoever waits.
            if let terminal { dup2(terminal, STDERR_FILENO) }
            throw LoginAdvice.explained(error, of: plan)
        }
    }

    /// Runs the user's command for what happens, where there is one.
    private static func follow(
        _ plan: AccountPlan, _ events: MailEvents, _ service: MailService, at mountpoint: String, _ logger: Logger
    ) -> Task<Void, Never>? {
        guard let text = plan.settings["on-event"] else { return nil }
        let command = EventCommand(text, account: plan.url.account, mountpoint: mountpoint, logger: logger)
        return Task { await command.follow(events, service) }
    }

    /// One line where the mount shows what an earlier one left, because there is no connection.
    private func tell(of service: MailService, on terminal: Int32) async {
        let (connection, reason) = await service.outcome(within: .seconds(2))
        guard connection != .online else { return }
        let advice = connection == .refused ? LoginAdvice.advice(plan) : ""
        let line = Array(
            ("mailmount: mounted from the cache, not connected: \(reason ?? "the server has not answered yet")" + advice
                + "\n").utf8)
        _ = line.withUnsafeBytes { write(terminal, $0.baseAddress, $0.count) }
    }

    /// Opens the cache; where another process has it, waits a moment for one that is about to end.
    private func openService(_ logger: Logger) async throws -> (MailService, ReplaceableCredentials) {
        var configuration = try plan.service(logger: logger)
        let credentials = ReplaceableCredentials(configuration.client.credentials)
        configuration.client.credentials = credentials
        let deadline = ContinuousClock.now + .seconds(2)
        while true {
            do {
                return (
                    try MailService(configuration: configuration, logger: logger) { Int64(time(nil)) }, credentials
                )
            } catch MailStoreError.inUse(let path, let pid) {
                if ContinuousClock.now < deadline {
                    try await Task.sleep(for: .milliseconds(20))
                    continue
                }
                if let other = Self.mountpoint(of: plan.url.account, servedBy: pid) {
                    throw Failure(
                        "\(plan.url.account) is in use: it is mounted at \(other) already; mailmount unmount '\(other)' ends that"
                    )
                }
                throw Failure("\(MailStoreError.inUse(path: path, pid: pid))")
            }
        }
    }

    /// - Parameter holder: who has the directories; an account may be mounted elsewhere with others.
    private static func mountpoint(of account: String, servedBy holder: pid_t?) -> String? {
        Mounts.own().filter { $0.account == account }.map(\.mountpoint).first { mountpoint in
            guard let peer = try? Mounts.control(of: mountpoint).peer else { return false }
            return peer.process == holder
        }
    }

    /// The kernel queues what is asked before the session serves, so a mount that was made answers.
    private func serve(_ session: Session) async -> Session.End {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: session.run()) }
        }
    }

    /// Detached, the log goes to a file of the state directory. A trace is long, and wanted whole.
    private func logToFile() {
        guard ready != nil else { return }
        logFile.set(LogFile(path: plan.state + "/mailmount.log", limit: logLevel <= .debug ? 256 << 20 : 4 << 20))
    }

    /// - Parameter terminal: nobody reads there from here on.
    /// - Returns: false when whoever asked for the mount has gone, by Ctrl-C perhaps.
    private func announceReady(leaving terminal: Int32?) -> Bool {
        guard let ready else { return true }
        if let terminal { close(terminal) }
        var byte: UInt8 = 1
        defer { close(ready) }
        return write(ready, &byte, 1) == 1
    }

    private func logger() -> Logger {
        let isJournal = ready == nil && LogOutput.isJournal(environment: ProcessInfo.processInfo.environment)
        return Logger(label: "mailmount") { [logLevel, logFile] label in
            LogOutput(label: label, level: logLevel, form: isJournal ? .prioritised : .timed, file: logFile)
        }
    }
}
