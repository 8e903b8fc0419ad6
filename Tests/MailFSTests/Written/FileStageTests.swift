import MailModel
import Testing

@testable import MailFS

@Suite("Stages of a written file")
struct FileStageTests {
    struct Cell: Hashable {
        var stage: FileStage
        var action: FileAction?
    }

    struct Unreadable: Error { var text: String }

    /// The cells of all tables, by the names of stage and event.
    static func cells() throws -> [String: [String: Cell]] {
        var cells: [String: [String: Cell]] = [:]
        for table in FileStageTable.tables {
            let rows = table.split(separator: "\n").map { line in
                line.split(separator: "|").map { $0.split(separator: " ").map(String.init) }
            }
            guard let heads = rows.first?.dropFirst().map({ $0.joined() }) else { throw Unreadable(text: table) }
            for row in rows.dropFirst() {
                guard let name = row.first?.joined(),
                    let from = FileStageTable.stages.first(where: { $0.name == name })?.stage,
                    row.count == heads.count + 1
                else { throw Unreadable(text: "\(row)") }
                for (event, words) in zip(heads, row.dropFirst()) {
                    guard cells[name]?[event] == nil else { throw Unreadable(text: "\(name), \(event) twice") }
                    cells[name, default: [:]][event] = try cell(words, from: from)
                }
            }
        }
        return cells
    }

    private static func cell(_ words: [String], from: FileStage) throws -> Cell {
        var cell = Cell(stage: from)
        for word in words where word != "-" {
            if let stage = FileStageTable.stages.first(where: { $0.name == word })?.stage {
                cell.stage = stage
            } else if let action = FileStageTable.actions.first(where: { $0.name == word })?.action {
                cell.action = action
            } else {
                throw Unreadable(text: word)
            }
        }
        return cell
    }

    @Test("each has a row for each event, which says what happens", arguments: FileStageTable.stages.map(\.name))
    func table(name: String) throws {
        let row = try #require(try Self.cells()[name])
        let from = try #require(FileStageTable.stages.first { $0.name == name }).stage
        #expect(Set(row.keys) == Set(FileStageTable.events.map(\.name)))
        for (event, expected) in row {
            var stage = from
            let happened = try #require(FileStageTable.events.first { $0.name == event }).event
            let action = stage.happened(happened)
            #expect(Cell(stage: stage, action: action) == expected, "\(name), \(event)")
        }
    }

    /// Another stage or event is an error here, until the tables know it.
    enum StageKind: CaseIterable {
        case created, written, adopted, flushed, spoiled, resting, interrupted, complete, apart, givenUp, left

        init(_ stage: FileStage) {
            self =
                switch stage {
                case .created: .created
                case .written: .written
                case .adopted: .adopted
                case .flushed: .flushed
                case .spoiled: .spoiled
                case .resting: .resting
                case .interrupted: .interrupted
                case .complete: .complete
                case .apart: .apart
                case .givenUp: .givenUp
                case .left: .left
                }
        }
    }

    enum EventKind: CaseIterable {
        case asks, wrote, truncated, failed, touched, paused, finished, closed, recorded, settled, unsettled, renamed
        case copied, edited, writersGone, unlinked, left

        init(_ event: FileEvent) {
            self =
                switch event {
                case .asksToWrite: .asks
                case .wrote: .wrote
                case .truncated: .truncated
                case .failed: .failed
                case .touched: .touched
                case .paused: .paused
                case .finished: .finished
                case .closed: .closed
                case .recorded: .recorded
                case .settled: .settled
                case .unsettled: .unsettled
                case .renamed: .renamed
                case .copied: .copied
                case .edited: .edited
                case .writersGone: .writersGone
                case .unlinked: .unlinked
                case .left: .left
                }
        }
    }

    @Test("the tables know all stages, events and actions")
    func complete() throws {
        #expect(Set(FileStageTable.stages.map { StageKind($0.stage) }) == Set(StageKind.allCases))
        #expect(Set(FileStageTable.events.map { EventKind($0.event) }) == Set(EventKind.allCases))
        let cells = try Self.cells()
        #expect(Set(cells.keys) == Set(FileStageTable.stages.map(\.name)))
        let seen = Set(cells.values.flatMap { $0.values.compactMap(\.action) })
        #expect(seen == Set(FileStageTable.actions.map(\.action)))
    }

    @Test("a file that nobody has open is what the journal has it for")
    func atRest() {
        let expected: [(LocalFile.Purpose?, FileStage)] = [
            (.scratch, .resting), (.empty, .resting), (.unfinished, .interrupted), (.unattended, .interrupted),
            (.open, .interrupted), (.upload, .complete), (nil, .complete),
        ]
        for (purpose, stage) in expected { #expect(FileStage(atRest: purpose) == stage) }
    }

    @Test("nothing that failed, that has lost its name or that is a message already is told to the journal")
    func neverRecorded() throws {
        for (name, row) in try Self.cells() where ["spoiled", "complete", "apart", "dropped", "deleted"].contains(name)
        {
            for cell in row.values {
                if case .record = cell.action { Issue.record("\(name) is recorded") }
            }
        }
    }

    /// As the documentation of each lists them.
    static let exits: [String: Set<String>] = [
        "created": ["written", "adopted", "spoiled", "resting", "interrupted", "complete", "apart", "dropped", "left"],
        "written": [
            "adopted", "flushed", "spoiled", "resting", "interrupted", "complete", "apart", "dropped", "left",
        ],
        "adopted": [
            "written", "flushed", "spoiled", "resting", "interrupted", "complete", "apart", "dropped", "left",
        ],
        "flushed": ["written", "adopted", "spoiled", "resting", "interrupted", "complete", "apart", "dropped", "left"],
        "spoiled": ["written", "resting", "interrupted", "complete", "apart", "dropped", "left"],
        "resting": ["written", "adopted", "flushed", "spoiled", "interrupted", "complete", "apart", "dropped", "left"],
        "interrupted": ["written", "adopted", "flushed", "spoiled", "resting", "complete", "apart", "dropped", "left"],
        "complete": ["interrupted", "deleted", "left"],
        "apart": ["complete", "interrupted", "deleted", "left"],
        "dropped": ["left"],
        "deleted": ["interrupted", "left"],
        "left": [],
    ]

    @Test("there are no other ways out", arguments: FileStageTable.stages.map(\.name))
    func exits(name: String) throws {
        let from = try #require(FileStageTable.stages.first { $0.name == name }).stage
        var found: Set<String> = []
        for (_, event) in FileStageTable.events {
            var stage = from
            _ = stage.happened(event)
            if stage != from { found.insert(try #require(FileStageTable.stages.first { $0.stage == stage }).name) }
        }
        #expect(found == Self.exits[name])
    }
}
