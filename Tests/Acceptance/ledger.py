"""What there must be after a program of changes: texts, where they are and under which names. Kept by what each call returned.

A text is the octets of one message, by their digest; it has a number that is told. Where a kill, a lost line or another client
leaves several outcomes right, the ledger allows each of them, and no more.
"""
import collections

from account import digest, with_crlf


class Copy:
    """One message that there should be. Where `folder` or `name` is None it may have any, where `flags` is None any as well."""

    def __init__(self, number, folder, name, flags):
        self.number = number
        self.folder = folder
        self.name = name
        self.flags = flags
        # Another client has set some since the mount last heard of all: a new version may have been made of what it knew.
        self.is_unheard = False
        # False: it may be missing.
        self.certain = True
        # The mount whose change of it may still wait.
        self.owner = None
        self.origin = None

    def __str__(self):
        return f"{self.number} {'' if self.certain else 'perhaps '}in {self.folder}/{self.name}"


class Ledger:
    def __init__(self, deletion):
        self.deletion = deletion
        self.texts = {}      # number -> octets as the server has them
        self.numbers = {}    # digest -> number
        self.copies = []
        self.deleted = []    # can be brought back
        self.surplus = collections.Counter()  # by number: so many more may be there
        self.replaced = set()  # numbers that others were put in place of
        self.named = set()   # numbers that an operation of somebody named
        self.folders = {}    # name -> False where it may be missing
        # Removed, with messages that can be brought back, by which mount: on the server, and in the other mount, for as long.
        self.hidden = {}
        self.either = []     # pairs of numbers: one of each is there
        self.begun = []      # texts that were not seen whole: a beginning of one may be there

    # --- finding --------------------------------------------------------------------------------

    def number_of(self, content):
        return self.numbers.get(digest(with_crlf(content)))

    def at(self, folder, name):
        return next((one for one in self.copies if (one.folder, one.name) == (folder, name)), None)

    def of(self, number):
        return [one for one in self.copies if one.number == number]

    def placed(self, folder=None):
        """Those whose path is known, in the order in which they came."""
        return [one for one in self.copies
                if one.certain and one.folder and one.name and folder in (None, one.folder) and one.folder in self.folders]

    def unnamed(self):
        return [one for one in self.copies if one.name is None or one.folder is None]

    # --- what was done --------------------------------------------------------------------------

    def text(self, content):
        """The number of a text, which is new or known."""
        content = with_crlf(content)
        number = self.numbers.setdefault(digest(content), len(self.texts) + 1)
        self.texts[number] = content
        return number

    def made(self, content, folder, name, flags=frozenset()):
        copy = Copy(self.text(content), folder, name, flags)
        self.copies.append(copy)
        return copy

    def touched(self, copy, owner=None):
        self.named.add(copy.number)
        copy.owner = owner

    def moved(self, copy, folder, name):
        copy.folder, copy.name = folder, name

    def removed(self, copy):
        """By the mount's way of deleting."""
        self.named.add(copy.number)
        if copy not in self.copies:
            return
        if self.deletion == "trash" and copy.folder != "Trash":
            copy.origin = (copy.folder, copy.name)
            copy.folder, copy.name = "Trash", None
            return
        self.copies.remove(copy)
        self.deleted.append(copy)

    def gone(self, copy):
        """For good."""
        self.named.add(copy.number)
        if copy in self.copies:
            self.copies.remove(copy)

    def restored(self, number, folder, name):
        """It was brought back by `undelete`. False where nothing like it was deleted."""
        trashed = [one for one in self.copies if one.number == number and one.origin and one.folder == "Trash"]
        deleted = [one for one in self.deleted if one.number == number]
        if not trashed + deleted:
            return False

        # Of several with one text it is that which was in this folder, under this name.
        def unlike(copy):
            old = copy.origin or (copy.folder, copy.name)
            return old[0] != folder, old[1] != name
        copy = min(trashed + deleted, key=unlike)
        if copy in deleted:
            self.deleted.remove(copy)
            self.copies.append(copy)
        copy.folder, copy.name, copy.origin = folder, name, None
        return True

    def loose(self, copy):
        """Somebody else has changed it too: it is somewhere."""
        self.named.add(copy.number)
        copy.folder = copy.name = copy.flags = None

    def doubtful(self, copy):
        """It is somewhere, or not at all."""
        self.loose(copy)
        copy.certain = False

    def in_doubt(self, copy, folder=None, name=None):
        """It was deleted or not."""
        self.removed(copy)
        if copy in self.deleted:
            self.deleted.remove(copy)
            self.copies.append(copy)
        self.doubtful(copy)

    def folder_renamed(self, old, new):
        def path(folder):
            return new + folder[len(old):] if folder and (folder == old or folder.startswith(old + "/")) else folder
        self.folders = {path(folder): certain for folder, certain in self.folders.items()}
        for copy in self.copies:
            copy.folder = path(copy.folder)

    def folder_in_doubt(self, *folders):
        for folder in folders:
            self.folders[folder] = False
        for copy in self.copies:
            if any(copy.folder and (copy.folder + "/").startswith(folder + "/") for folder in folders):
                self.loose(copy)

    def below(self, folder):
        return [one for one in self.folders if one.startswith(folder + "/")]

    # --- what there may be ----------------------------------------------------------------------

    def bounds(self, number):
        """(least, most) times that a text is there."""
        copies = self.of(number)
        return sum(one.certain for one in copies), len(copies) + self.surplus[number]
