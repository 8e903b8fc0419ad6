import MailModel

@testable import MailFS

/// What each event makes of a file in each stage: `stage`, or `-` where it stays, and behind it what is to be done.
enum FileStageTable {
    static let stages: [(name: String, stage: FileStage)] = [
        ("created", .created), ("written", .written), ("adopted", .adopted), ("flushed", .flushed),
        ("spoiled", .spoiled(5)),
        ("resting", .resting), ("interrupted", .interrupted), ("complete", .complete), ("apart", .apart),
        ("dropped", .givenUp(isMessage: false)), ("deleted", .givenUp(isMessage: true)), ("left", .left),
    ]

    static let actions: [(name: String, action: FileAction)] = [
        ("refuse", .refuse), ("again", .lookAgain), ("record", .record(isOpen: false)), ("hold", .record(isOpen: true)),
        ("fail", .fail(5)), ("join", .join), ("back", .takeBack),
    ]

    static let events: [(name: String, event: FileEvent)] = [
        ("asks", .asksToWrite), ("wrote", .wrote), ("cut", .truncated(toNothing: false)),
        ("emptied", .truncated(toNothing: true)), ("failed", .failed(5)), ("touched", .touched),
        ("paused", .paused(isEmpty: false)), ("paused-0", .paused(isEmpty: true)),
        ("finished", .finished(isEmpty: false)), ("finished-0", .finished(isEmpty: true)), ("closed", .closed),
        ("recorded", .recorded),
        ("as-scratch", .settled(.scratch, hasWriters: true)), ("as-empty", .settled(.empty, hasWriters: false)),
        ("as-open", .settled(.unfinished, hasWriters: false)), ("as-mail", .settled(.upload, hasWriters: false)),
        ("as-mail-w", .settled(.upload, hasWriters: true)), ("gone", .settled(nil, hasWriters: false)),
        ("no-scratch", .unsettled(.scratch, hasWriters: false)), ("no-open", .unsettled(.unattended, hasWriters: true)),
        ("no-mail", .unsettled(.upload, hasWriters: false)), ("no-mail-w", .unsettled(.upload, hasWriters: true)),
        ("to-scratch", .renamed(.scratch, hasWriters: true)), ("to-empty", .renamed(.empty, hasWriters: false)),
        ("to-open", .renamed(.open, hasWriters: true)), ("to-mail", .renamed(.upload, hasWriters: false)),
        ("to-mail-w", .renamed(.upload, hasWriters: true)),
        ("copied", .copied(hasWriters: false)), ("copied-w", .copied(hasWriters: true)), ("edited", .edited),
        ("closed-all", .writersGone), ("unlinked", .unlinked), ("let-go", .left),
    ]

    static let tables = [writing, words, settling, failing, renaming, rest]

    static let writing = """
        |             | asks   | wrote   | cut     | emptied | failed  | touched |
        | created     | -      | written | written | written | spoiled | -       |
        | written     | -      | -       | -       | -       | spoiled | -       |
        | adopted     | -      | written | written | written | spoiled | -       |
        | flushed     | -      | written | written | written | spoiled | -       |
        | spoiled     | -      | -       | -       | written | -       | -       |
        | resting     | -      | written | written | written | spoiled | flushed |
        | interrupted | -      | written | written | written | spoiled | flushed |
        | complete    | refuse | -       | -       | -       | -       | -       |
        | apart       | refuse | -       | -       | -       | -       | -       |
        | dropped     | -      | -       | -       | -       | -       | -       |
        | deleted     | refuse | -       | -       | -       | -       | -       |
        | left        | again  | -       | -       | -       | -       | -       |
        """

    static let words = """
        |             | paused | paused-0 | finished | finished-0 | closed | recorded |
        | created     | -      | -        | record   | -          | record | -        |
        | written     | hold   | -        | record   | -          | record | flushed  |
        | adopted     | hold   | -        | record   | -          | record | flushed  |
        | flushed     | -      | -        | record   | -          | record | -        |
        | spoiled     | fail   | fail     | fail     | fail       | fail   | -        |
        | resting     | -      | -        | -        | -          | -      | -        |
        | interrupted | -      | -        | -        | -          | -      | -        |
        | complete    | -      | -        | -        | -          | -      | -        |
        | apart       | -      | -        | -        | -          | -      | -        |
        | dropped     | -      | -        | -        | -          | -      | -        |
        | deleted     | -      | -        | -        | -          | -      | -        |
        | left        | -      | -        | -        | -          | -      | -        |
        """

    static let settling = """
        |             | as-scratch   | as-empty     | as-open          | as-mail       | as-mail-w | gone          |
        | created     | resting join | resting join | interrupted join | complete join | apart     | complete join |
        | written     | resting join | resting join | interrupted join | complete join | apart     | complete join |
        | adopted     | resting join | resting join | interrupted join | complete join | apart     | complete join |
        | flushed     | resting join | resting join | interrupted join | complete join | apart     | complete join |
        | spoiled     | resting join | resting join | interrupted join | complete join | apart     | complete join |
        | resting     | - join       | - join       | interrupted join | complete join | apart     | complete join |
        | interrupted | resting join | resting join | - join           | complete join | apart     | complete join |
        | complete    | -            | -            | -                | -             | -         | -             |
        | apart       | -            | -            | -                | -             | -         | -             |
        | dropped     | -            | -            | -                | -             | -         | -             |
        | deleted     | -            | -            | -                | -             | -         | -             |
        | left        | -            | -            | -                | -             | -         | -             |
        """

    static let failing = """
        |             | no-scratch | no-open | no-mail       | no-mail-w |
        | created     | -          | -       | complete join | apart     |
        | written     | -          | -       | complete join | apart     |
        | adopted     | -          | -       | complete join | apart     |
        | flushed     | -          | -       | complete join | apart     |
        | spoiled     | -          | -       | complete join | apart     |
        | resting     | -          | -       | complete join | apart     |
        | interrupted | -          | -       | complete join | apart     |
        | complete    | -          | -       | -             | -         |
        | apart       | -          | -       | -             | -         |
        | dropped     | -          | -       | -             | -         |
        | deleted     | -          | -       | -             | -         |
        | left        | -          | -       | -             | -         |
        """

    static let renaming = """
        |             | to-scratch | to-empty | to-open | to-mail       | to-mail-w |
        | created     | -          | -        | -       | complete join | apart     |
        | written     | -          | -        | -       | complete join | apart     |
        | adopted     | -          | -        | -       | complete join | apart     |
        | flushed     | -          | -        | -       | complete join | apart     |
        | spoiled     | -          | -        | -       | complete join | apart     |
        | resting     | -          | -        | flushed | complete join | apart     |
        | interrupted | -          | -        | flushed | complete join | apart     |
        | complete    | -          | -        | -       | -             | -         |
        | apart       | -          | -        | -       | -             | -         |
        | dropped     | -          | -        | -       | -             | -         |
        | deleted     | -          | -        | -       | -             | -         |
        | left        | -          | -        | -       | -             | -         |
        """

    static let rest = """
        |             | copied         | copied-w | edited           | closed-all    | unlinked | let-go |
        | created     | adopted record | adopted  | -                | -             | dropped  | left   |
        | written     | adopted record | adopted  | -                | -             | dropped  | left   |
        | adopted     | - record       | -        | -                | -             | dropped  | left   |
        | flushed     | adopted record | adopted  | -                | -             | dropped  | left   |
        | spoiled     | - fail         | -        | -                | -             | dropped  | left   |
        | resting     | adopted record | adopted  | -                | -             | dropped  | left   |
        | interrupted | adopted record | adopted  | -                | -             | dropped  | left   |
        | complete    | -              | -        | interrupted      | -             | deleted  | left   |
        | apart       | -              | -        | interrupted back | complete join | deleted  | left   |
        | dropped     | -              | -        | -                | -             | -        | left   |
        | deleted     | -              | -        | interrupted      | -             | -        | left   |
        | left        | - record       | -        | -                | -             | -        | -      |
        """
}
