import Foundation
import IMAPClient
import InMemoryIMAP
import MailModel

@testable import MailService

/// A server with the mail of a scenario, and directories for services.
final class Ground: Sendable {
    let scenario: Scenario
    let rig: Rig
    let directory: Scratch

    /// - Parameter seen: directories that the first service begins with.
    init(_ scenario: Scenario, copying seen: Scratch? = nil) throws {
        self.scenario = scenario
        rig = try Rig(
            scenario.server,
            Rig.Options {
                $0.isChanging = true
                $0.deletion = scenario.deletion
                $0.expungeAfter = scenario.expungeAfter
            })
        scenario.prepare(rig.server)
        directory = try Scratch()
        if let seen { try directory.copy(seen) }
    }

    func open(_ directory: Scratch) throws -> Mounted {
        var configuration = rig.configuration()
        configuration.cache = directory.path + "/cache"
        configuration.state = directory.path + "/state"
        let probe = Probe()
        let service = try MailService(
            configuration: configuration, logger: configuration.client.logger, now: { 1_800_000_000 },
            clock: .continuous, stepped: { try probe.passed($0) })
        return Mounted(service, probe)
    }
}

extension MailService {
    /// What a kill would leave of it: its directories at one moment, between two commits.
    func disk(_ directory: Scratch) throws -> Scratch {
        let copy = try Scratch()
        var failure: (any Error)?
        try inOrder {
            do { try copy.copy(directory) } catch { failure = error }
        }
        if let failure { throw failure }
        return copy
    }
}

extension Scratch {
    /// Takes over what another one has now.
    func copy(_ other: Scratch) throws {
        let files = FileManager.default
        for place in ["cache", "state"] {
            try files.createDirectory(
                atPath: "\(path)/\(place)", withIntermediateDirectories: true,
                attributes: files.attributesOfItem(atPath: "\(other.path)/\(place)"))
            for name in try files.contentsOfDirectory(atPath: "\(other.path)/\(place)") {
                do {
                    try files.copyItem(atPath: "\(other.path)/\(place)/\(name)", toPath: "\(path)/\(place)/\(name)")
                } catch let error as CocoaError
                    where [.fileNoSuchFile, .fileReadNoSuchFile].contains(error.code) && name.hasPrefix("search.sqlite")
                {
                    // The index of words goes on beside: its rollback file may be gone by now.
                }
            }
        }
    }
}
