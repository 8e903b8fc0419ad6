import Fuse
import Glibc
import Synchronization

/// One line on standard output for each thing that happens; the tests wait for them.
func say(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = bytes.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
}

/// `FuseTestFS MOUNTPOINT [keep-stale] [no-open] [no-xattr]`; commands come on standard input, a line each.
func serve(_ arguments: [String]) -> Int32 {
    guard arguments.count > 1 else { return 64 }
    let words = arguments.dropFirst(2)
    let files = TestFileSystem(opensWithoutAsking: words.contains("no-open"), xattrError: xattrError(words))
    var options = MountOptions(fsname: "a,b\\c", subtype: "fusetest")
    options.detachesStaleMount = !words.contains("keep-stale")
    if words.contains("one-thread") { options.threads = 1 }
    do {
        let session = try Session(mountpoint: arguments[1], options: options, fileSystem: files) { say("log \($0)") }
        files.notifier.withLock { $0 = session.notifier }
        files.startWatch(mountpoint: session.mountpoint)
        try session.tellWatchers { [place = session.mountpoint] inode in
            inode == .root ? Array(place.utf8) : inode == 21 ? Array((place + "/folder").utf8) : nil
        } isDirectory: {
            $0 == 21
        }
        listen(session, files)
        say("mounted")
        let end = session.run()
        say("ended \(end)")
        // A second call finds it ended.
        say("again \(session.run())")
        session.unmount()
        return 0
    } catch let error as FuseError {
        say("refused \(String(describing: error).split(separator: "\n").joined(separator: " "))")
        return 1
    } catch {
        say("error \(error)")
        return 2
    }
}

private func xattrError(_ words: ArraySlice<String>) -> Errno {
    if words.contains("xattr-notsup") { return .notSupported }
    return words.contains("xattr-nosys") ? .noSystemCall : .noData
}

private func listen(_ session: Session, _ files: TestFileSystem) {
    let box = Unmanaged.passRetained(Listener(session, files))
    var thread = pthread_t()
    _ = pthread_create(
        &thread, nil,
        { argument in
            if let argument { Unmanaged<Listener>.fromOpaque(argument).takeRetainedValue().run() }
            return nil
        }, box.toOpaque())
}

private final class Listener: Sendable {
    let session: Session
    let files: TestFileSystem

    init(_ session: Session, _ files: TestFileSystem) {
        self.session = session
        self.files = files
    }

    func run() {
        while let line = readLine() {
            if line == "unmount" {
                session.unmount()
                session.unmount()
            } else {
                files.obey(line)
            }
        }
    }
}
