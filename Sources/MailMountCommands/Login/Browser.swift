internal import Foundation

/// The desktop's browser.
enum Browser {
    /// Opens an address where there is a screen to show it on; else nothing happens.
    static func open(_ url: String) {
        let environment = ProcessInfo.processInfo.environment
        guard environment["WAYLAND_DISPLAY"] != nil || environment["DISPLAY"] != nil || environment["BROWSER"] != nil
        else { return }
        Thread.detachNewThread { _ = try? ChildProcess.run("xdg-open", [url]) }
    }
}
