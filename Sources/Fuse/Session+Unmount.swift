internal import CFuse3
internal import Glibc
internal import Synchronization

extension Session {
    /// Unmounts and makes ``run()`` return, also while requests wait, files are open or the mount is gone already.
    ///
    /// Any thread, any number of times, but not from a handler. What the kernel has sent by now is served first, as far
    /// as that takes no waiting, so that the release of a file closed before this call is not lost. Programs that still
    /// use the mount then get ENOTCONN.
    public func unmount() {
        let phase = state.withLock { $0.phase }
        switch phase {
        case .mounted:
            drop()
        case .serving:
            serveWhatWaits()
            guard claimEnd(.requested) else { return }
            detach()
            ending.open()
        case .ending, .ended:
            return
        }
    }

    /// Nobody serves and nobody will.
    private func drop() {
        let mine = state.withLock { state in
            guard state.phase == .mounted else { return false }
            state.phase = .ended
            state.end = .requested
            return true
        }
        guard mine else { return unmount() }
        detach()
        _ = notifier.stop(within: 0)
        dispatcher.watchers.stop(within: 0)
        fuse_session_destroy(link.session)
        ended.open()
    }

    /// Returns when the kernel has nothing more for us, at the latest after 200 ms.
    private func serveWhatWaits() {
        for _ in 0..<200 {
            var device = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&device, 1, 0) == 1, device.revents & Int16(POLLERR) == 0 else { return }
            usleep(1000)
        }
    }

    /// Takes the mount away where it still is ours: something else may have been mounted there since.
    func detach() {
        let first = state.withLock { state in
            defer { state.detached = true }
            return !state.detached
        }
        guard first else { return }
        if let mount, MountTable.current().top(at: place.path) != mount { return }
        if let error = Mountpoint.detach(place.path) {
            dispatcher.report("\(place.path) could not be unmounted: \(error)")
        }
    }
}
