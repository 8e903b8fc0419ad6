import MailModel
import Testing

@testable import MailService

@Suite("What the parts of the service tell each other")
struct ServiceNewsTests {
    private func words(_ item: ServiceNews.Item) -> String {
        switch item {
        case .watching: "watching"
        case .foldersListed: "listed"
        case .disconnected: "disconnected"
        case .folderMoved(let folder): "moved \(folder.rawValue)"
        case .foldersLeft: "left"
        case .foldersChanged: "folders"
        case .foldersNamed: "folders named"
        case .changesWait: "changes"
        case .uploadsUnsynced: "unsynced"
        case .verdictAwaited: "verdict"
        }
    }

    @Test("is told once while it waits, whatever the server repeats")
    func once() async {
        let news = ServiceNews()
        for _ in 0..<1_000 {
            for item in [
                ServiceNews.Item.folderMoved(FolderID(rawValue: 1)), .folderMoved(FolderID(rawValue: 2)),
                .foldersChanged, .changesWait, .uploadsUnsynced, .verdictAwaited, .foldersListed,
            ] { news.tell(item) }
        }
        news.end()
        let told = await news.items.reduce(into: []) { $0.append(words($1)) }
        #expect(told == ["moved 1", "moved 2", "folders", "changes", "unsynced", "verdict", "listed"])
    }

    @Test("is told again after what came between")
    func order() async {
        let news = ServiceNews()
        news.tell(.changesWait)
        news.tell(.disconnected)
        news.tell(.changesWait)
        news.tell(.disconnected)
        news.end()
        let told = await news.items.reduce(into: []) { $0.append(words($1)) }
        #expect(told == ["changes", "disconnected", "changes", "disconnected"])
    }

    @Test("is told again once it was taken")
    func again() async {
        let news = ServiceNews()
        news.tell(.changesWait)
        var told: [String] = []
        for await item in news.items {
            told.append(words(item))
            if told.count == 3 { news.end() } else { news.tell(.changesWait) }
        }
        #expect(told == ["changes", "changes", "changes"])
    }
}
