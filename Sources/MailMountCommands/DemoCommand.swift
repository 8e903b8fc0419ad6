internal import ArgumentParser
internal import Foundation

/// `mailmount demo MOUNTPOINT`.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Mount a private server with example mail: no account needed.")

    @Argument(help: "An existing directory.")
    var mountpoint: String

    func run() async throws {
        await reporting {
            let demo = try Demo.start()
            do {
                try Detachment.run([
                    "mount", demo.url, mountpoint, "--ca-file", demo.caFile, "--password-file", demo.passwordFile,
                    "--cache", demo.directory + "/cache", "--demo-directory", demo.directory,
                ])
            } catch {
                Demo.remove(demo.directory)
                throw error
            }
            print("The example mail is mounted at \(mountpoint). Try:")
            print("  ls \(mountpoint)/INBOX")
            print("  grep -ril summit \(mountpoint)")
            print("Unmount it with: mailmount unmount \(mountpoint)")
        }
    }
}
